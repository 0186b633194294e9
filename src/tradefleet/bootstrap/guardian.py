"""The guardian's rounds as jobs of the hub's process."""

import shutil
import sys
from collections.abc import Sequence

from tradefleet.adapters.daemons import Daemons
from tradefleet.application.guardian.delivery import MOST_A_DAY, Delivery
from tradefleet.application.guardian.guardian import Guardian, GuardianParts
from tradefleet.application.guardian.hours import Hours
from tradefleet.application.guardian.worth import Worth
from tradefleet.application.hub.jobs import Job
from tradefleet.application.market_view import MarketView
from tradefleet.application.system import HOST
from tradefleet.bootstrap.hub import HubTools
from tradefleet.bootstrap.installation import Installation
from tradefleet.bootstrap.notify import notifiers, provider_names

LOOK_S = 2.0
STOPPED_S = 20.0
DELIVER_S = 2.0
TRADES_S = 5.0
EQUITY_S = 15.0
MINUTE_S = 60.0
HOUR_S = 3_600.0
QUOTE = "USDT"


def guardian_jobs(made: Installation, tools: HubTools) -> Sequence[Job]:
    """Return everything the guardian does.

    Args:
        made: the installation.
        tools: the hub's ways to the exchange.

    Raises:
        SettingsError: APPRISE_URLS cannot be used.
    """
    hours = Hours(made.settings.zone, made.settings.quiet_minutes)
    parts = _parts(made, tools, hours)
    guardian = Guardian(parts)
    reaches_people = bool(provider_names(made.settings))
    delivery = Delivery(
        made.outbox,
        notifiers(made.settings),
        made.findings,
        made.snapshots,
        tools.clock,
        hours,
        most_a_day=MOST_A_DAY if reaches_people else sys.maxsize,  # a log may have them all
    )
    return (
        Job("guardian", guardian.look, LOOK_S, blocking=True, bell=tools.wallet_seen),
        Job("stopped bots", guardian.look_after_the_stopped, STOPPED_S, blocking=True),
        Job("delivery", delivery.deliver, DELIVER_S, blocking=True),
        Job("trade messages", guardian.tell_trades, TRADES_S, blocking=True),
        Job("equity", parts.worth.record, EQUITY_S, blocking=True),
        Job("summary", guardian.summarise, MINUTE_S, blocking=True),
        Job("upkeep", guardian.forget_old, HOUR_S, blocking=True),
        Job("logs", Daemons(made.folder).cut_logs, HOUR_S, blocking=True),
    )


def _parts(made: Installation, tools: HubTools, hours: Hours) -> GuardianParts:
    daemons, clock = Daemons(made.folder), tools.clock

    def clock_off_ms() -> int | None:
        """Return nothing in paper mode: a recorded market lives in a time of its own."""
        known = made.mode != "paper" and clock.measured_at is not None
        return clock.offset_ms if known else None

    market = MarketView(made.snapshots, clock, made.read_instrument, QUOTE)
    return GuardianParts(
        bots=made.bots,
        leases=made.leases,
        records=made.records,
        snapshots=made.snapshots,
        findings=made.findings,
        outbox=made.outbox,
        activities=made.activities,
        processes=made.processes,
        market=market,
        broker=tools.broker,
        clock=clock,
        wall=made.clock,
        mode=made.mode,
        restart_host=lambda: daemons.start(HOST, [HOST]),
        clock_off_ms=clock_off_ms,
        disk_free=lambda: shutil.disk_usage(made.folder.root).free,
        worth=Worth(made.bots, made.records, made.snapshots, market, clock),
        summary_hours=made.settings.summary_hours,
        notify_trades=made.settings.notify_trades,
        why_no_entry=made.surroundings.why_no_entry,
        hours=hours,
        others=tools.others,
    )
