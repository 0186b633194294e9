"""What others do with the account is found by its events alone: exchange, hub and guardian."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import httpx2
import pytest

from tests.bootstrap.test_hub_side import KEY, OPEN, SECRET, ExchangeProcess, wait_for
from tests.contracts.fleet import a_bot
from tradefleet.adapters.binance.hosts import hosts
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.daemons import Daemons
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.application.guardian import outside
from tradefleet.application.hub import keeper
from tradefleet.application.hub.jobs import run_jobs
from tradefleet.bootstrap.guardian import guardian_jobs
from tradefleet.bootstrap.hub import hub_jobs, hub_tools
from tradefleet.bootstrap.installation import Installation
from tradefleet.domain.ledger import FillBooked
from tradefleet.domain.order import Fill, OrderRequest, OrderType, Purpose, Side, fleet_prefix
from tradefleet.ports.notices import Finding
from tradefleet.settings import load_settings

NEVER_S = 3_600.0
OURS = fleet_prefix("k7x2", "paper")


class Guarded:
    """An exchange, and a hub and guardian that look at nothing unless an event rings."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.made = Installation(load_settings(_env_file=None, tradefleet_home=folder))
        self.made.folder.prepare()
        self.made.migrate()
        where, key = hosts("paper", url), Credentials(KEY, SECRET)
        self.tools = hub_tools(where, key, self.made.snapshots, lambda: OURS)
        self.tools.rest.measure_clock()
        self._running = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))

    def start(self) -> None:
        """Begin, with everything in the wallet accounted for."""
        moved = self.made.records.moved()
        self.made.snapshots.put(
            outside.KNOWN,
            {
                asset: str(held.free + held.locked - moved.get(asset, Decimal(0)))
                for asset, held in self.tools.broker.balances().items()
            },
            self.tools.clock.now(),
        )
        self._thread.start()
        self._running.wait()
        wait_for(lambda: self.seen("hub").get("streams") == OPEN)
        wait_for(lambda: bool(self.seen("wallet") and self.seen("guardian")))

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        guardian = guardian_jobs(self.made, self.tools)[0]
        jobs = hub_jobs(self.tools, self.made.folder, self.made.snapshots)
        self._task = asyncio.create_task(run_jobs([*jobs, replace(guardian, every_s=NEVER_S)]))
        self._running.set()
        await asyncio.gather(self._task, return_exceptions=True)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join(60)
        self.tools.rest.close()
        self.made.store.close()

    def seen(self, name: str) -> dict[str, object]:
        known = self.made.snapshots.get(name)
        return known.value if known is not None else {}

    def set_free(self, asset: str, free: str) -> None:
        """Let a deposit or a withdrawal happen."""
        wanted = {"asset": asset, "free": free, "key": KEY}
        httpx2.post(f"{self.url}/sim/balance", params=wanted, trust_env=False).raise_for_status()

    def trade(self, name: str, side: Side, quantity: str) -> tuple[Fill, ...]:
        request = OrderRequest(
            name,
            "BTCUSDT",
            side,
            OrderType.MARKET,
            Purpose.ENTRY if side is Side.BUY else Purpose.EXIT,
            quantity=Decimal(quantity),
        )
        return self.tools.broker.place(request).fills

    def finding(self, code: str) -> Finding | None:
        return next((f for f in self.made.findings.all() if f.code == code), None)

    def waits_for(self, code: str) -> Finding:
        wait_for(lambda: self.finding(code) is not None)
        found = self.finding(code)
        assert found is not None
        return found


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExchangeProcess]:
    running = ExchangeProcess(tmp_path_factory.mktemp("exchange"))
    yield running
    running.kill()


@pytest.fixture
def guarded(
    exchange: ExchangeProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Guarded]:
    monkeypatch.setattr(keeper, "WALLET_S", NEVER_S)
    monkeypatch.setattr(Daemons, "start", lambda *_: None)  # no host is missed here
    made = Guarded(f"http://127.0.0.1:{exchange.port}", tmp_path / "data")
    yield made
    made.stop()


@pytest.mark.parametrize("free", ["1.5", "0.25"], ids=["deposit", "withdrawal"])
def test_A6_a_transfer_is_shown_by_its_event_alone(guarded: Guarded, free: str) -> None:
    guarded.set_free("BNB", "1")
    guarded.start()

    guarded.set_free("BNB", free)

    change = Decimal(free) - 1
    assert f"{change:+} BNB" in guarded.waits_for("moved_outside").text


def test_A3_coins_sold_by_hand_are_asked_about_by_the_event_alone(guarded: Guarded) -> None:
    bot = a_bot(guarded.made.store)
    fills = guarded.trade("tfp-k7x2-1-1-1-B", Side.BUY, "0.002")
    journal = a_journal_of(guarded, bot.id)
    journal.book([FillBooked(fill) for fill in fills])
    held = guarded.made.records.totals()[bot.id].quantity
    guarded.set_free("BTC", str(held))
    guarded.start()

    guarded.trade("by-hand", Side.SELL, "0.001")

    said = guarded.waits_for("shortfall_BTC")
    assert (said.bot_id, "0.001 BTC were withdrawn or traded by hand" in said.text) == (1, True)
    assert guarded.finding("moved_outside") is not None


def test_a_bot_s_own_trade_is_nobody_s_doing(guarded: Guarded) -> None:
    bot = a_bot(guarded.made.store)
    guarded.start()

    fills = guarded.trade("tfp-k7x2-1-1-1-B", Side.BUY, "0.002")
    wait_for(lambda: "BTC" in guarded.seen("wallet"))
    a_journal_of(guarded, bot.id).book([FillBooked(fill) for fill in fills])
    guarded.set_free("BNB", "7")  # whatever it was; the guardian looks once more

    assert "BTC" not in guarded.waits_for("moved_outside").text


def a_journal_of(guarded: Guarded, bot_id: int) -> SqlJournal:
    made = guarded.made
    lease = made.leases.acquire(bot_id, made.processes.here("test"), guarded.tools.clock.now())
    return SqlJournal(made.store, made.bots.get(bot_id), lease)
