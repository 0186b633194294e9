"""What a running bot says about itself with every heartbeat."""

from dataclasses import replace

from tradefleet.application.trader import Trader
from tradefleet.domain.bot import Status
from tradefleet.ports.fleet import Heartbeat


def pulse(
    trader: Trader | None, now: int, *, stopping: bool, outage: str, next_at: int, alone: bool
) -> Heartbeat:
    """Return the heartbeat of a bot.

    Args:
        trader: None before its books are open.
        now: UTC milliseconds.
        stopping: it is on its way out.
        outage: what keeps it from its work; empty if nothing does.
        next_at: when it evaluates next.
        alone: no hub rings.
    """
    waits = f"waiting for the exchange: {outage}" if outage else ""
    if trader is None:
        return Heartbeat(now, Status.STOPPING if stopping else Status.STARTING, waits)
    beat = Heartbeat(
        now,
        Status.STOPPING if stopping else Status.RUNNING,
        waits or trader.waiting_for,
        next_evaluation_at=next_at,
        last_decision_at=trader.last_decision_at,
        price=trader.price,
        protection=trader.protection.by,
        alone=alone,
    )
    levels = trader.protection.levels
    return replace(beat, stop_price=levels.stop, target_price=levels.target)
