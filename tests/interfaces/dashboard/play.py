"""Serves the dashboard over a small played world, to look at pages without an exchange.

PYTHONPATH=src python -m tests.interfaces.dashboard.play [port]
"""

import random
import sys
import tempfile
import threading
import time
from decimal import Decimal
from pathlib import Path

from tests.interfaces.dashboard.world import PRICES, TOKEN, World, new_store
from tradefleet.adapters.clock import SystemClock
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.domain.bot import Status, Wish
from tradefleet.domain.order import Side
from tradefleet.domain.signal import Reason
from tradefleet.interfaces.dashboard import create_app, serve
from tradefleet.ports.fleet import Heartbeat, Lease
from tradefleet.ports.journal import Decision
from tradefleet.ports.notices import Finding, Severity
from tradefleet.ports.records import EquityPoint


class PlayedClock(SystemClock):
    """The wall clock, wearing the face of a test's clock."""

    @property
    def at(self) -> int:
        return self.now()

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


def trade(world: World, lease: Lease) -> None:
    """Let a bot close three trades and open a fourth position."""
    for number in range(1, 8):
        price = str(50_000 + 400 * number)
        side = Side.BUY if number % 2 else Side.SELL
        held = world.records.totals()[lease.bot_id].quantity
        world.trade(lease, side, "0.0018" if side is Side.BUY else str(held), price, number)
        time.sleep(0.01)


def decide(world: World, lease: Lease) -> None:
    """Let a bot explain itself."""
    now = world.clock.at
    reasons = (
        Reason("RSI below 30 (now 41.2)", met=False, value=41.2, needed=30.0),
        Reason("close below the lower band", met=True, value=49_900.0, needed=50_100.0),
    )
    for number in range(60):
        close = now - (60 - number) * 300_000
        SqlJournal(world.store, world.bots.get(lease.bot_id), lease).record_decision(
            Decision(
                close_time=close,
                at=close + 500,
                action="HOLD",
                outcome="held",
                sentence="waiting for RSI below 30 (now 41.2)",
                price=Decimal(50_000),
                reasons=reasons,
                values={"rsi": 30 + number % 20, "lower_band": 49_900.0 + number},
            )
        )


def beat_on(world: World, leases: list[Lease]) -> None:
    """Keep processes alive and prices moving."""
    price = Decimal(PRICES["BTCUSDT"])
    while True:
        price += random.randint(-20, 20)
        PRICES["BTCUSDT"] = str(price)
        world.open()
        world.wallet("9000", BTC="0.0018", ETH="0")
        now = world.clock.at
        for lease in leases:
            world.leases.beat(
                lease,
                Heartbeat(
                    at=now,
                    status=Status.RUNNING,
                    waiting_for="waiting for RSI below 30 (now 41.2)",
                    next_evaluation_at=now - now % 15_000 + 15_000,
                    last_decision_at=now - 4_000,
                    price=price,
                    protection="exchange",
                    stop_price=Decimal("51744"),
                    target_price=Decimal("55440"),
                ),
            )
        time.sleep(1)


def main(port: int) -> None:
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as template:
        world = World(Path(folder), new_store(Path(folder), Path(template)), clock=PlayedClock())
        world.providers = ("sms",)
        world.open()
        leases = [
            world.run(world.bot("BTC Bot")),
            world.run(world.bot("ETH Bot", "200", "ETHUSDT")),
        ]
        world.bot("Sleeper", "50")
        trade(world, leases[0])
        decide(world, leases[0])
        now = world.clock.at
        for minute in range(240):
            worth = Decimal(300 + minute % 30)
            point = EquityPoint(now - (240 - minute) * 60_000, worth, Decimal(300))
            world.records.record_equity({0: point, 1: point})
        look = "Two exits of BTC Bot are held by the bot itself: the exchange had no room."
        world.findings.open(Finding("protection_by_bot", Severity.LOOK, look, now, 1))
        (Path(folder) / "bot_1.log").write_text("2026-01-01 00:00:00 - INFO - hello\n" * 300)
        for lease in leases:
            world.bots.wish(lease.bot_id, Wish.RUN)
        threading.Thread(target=beat_on, args=(world, leases), daemon=True).start()
        sys.stderr.write(f"log in with: {TOKEN}\n")
        serve(
            create_app(world.parts()),
            "127.0.0.1",
            port,
            lambda taken: sys.stderr.write(f"http://127.0.0.1:{taken}/\n"),
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
