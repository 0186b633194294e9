"""The hub keeps once what all bots share."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from tests.application.test_hub_feeds import rows
from tradefleet.application.hub.hub import Hub
from tradefleet.application.hub.jobs import Job, run_jobs
from tradefleet.application.hub.keeper import Contacts, Keeper
from tradefleet.domain.candle import MINUTE, interval_ms
from tradefleet.domain.errors import ExchangeUnavailableError, InputError, StoreError
from tradefleet.ports.exchange import Balance
from tradefleet.ports.records import Snapshot

NOW = 1_700_000_080_000  # 40 s into a minute


class FixedClock:
    base_ms = 123.5
    offset_ms = 7
    measured_at: float | None = 1.0

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at

    def monotonic(self) -> float:
        return self.at / 1_000


class FakeSource:
    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.asked: list[str] = []
        self.down = False

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.down:
            raise ExchangeUnavailableError("the exchange cannot be reached", retry_after_ms=5)

    def exchange_info(self, symbols: Sequence[str] = ()) -> dict[str, Any]:
        self._ask("exchange_info")
        if "NOSUCH" in symbols:
            raise InputError("no such symbol", field="symbol", code="unknown_symbol")
        limit = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1}
        row = {"symbol": "BTCUSDT", "baseAsset": "BTC", "quoteAsset": "USDT"}
        return {"rateLimits": [limit | {"limit": 1_200}], "symbols": [row]}

    def closed_rows(
        self, symbol: str, interval: str, count: int, closed_until: int = 0
    ) -> list[list[Any]]:
        self._ask(f"candles {symbol} {interval} {count}")
        if symbol == "NOSUCH":
            raise InputError("no such symbol", field="symbol", code="unknown_symbol")
        length = interval_ms(interval)
        end = max(self.clock.now(), closed_until + 1) // length * length
        return rows(end - count * length, count, length)

    def prices(self) -> dict[str, str]:
        self._ask("prices")
        return {"BTCUSDT": "50000.10"}

    def day_tickers(self) -> dict[str, dict[str, str]]:
        self._ask("tickers")
        return {"BTCUSDT": {"price": "50000.10", "change_percent": "1", "volume": "5"}}


class FakeBudget:
    limit = 6_000
    silent_until = 0
    refused = 0
    used = 0
    orders_used: Mapping[str, tuple[int, int]] = {}

    def __init__(self) -> None:
        self.wait = 0
        self.silenced = 0
        self.heard: list[dict[str, Any]] = []

    def wait_ms(self, weight: int, urgent: bool, orders: int = 0) -> int:
        return 0 if urgent else self.wait

    def hear(self, told: dict[str, Any]) -> None:
        self.heard.append(told)

    def silence(self, ms: int) -> None:
        self.silenced = ms


class World:
    """A hub and all it stands on."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.source = FakeSource(self.clock)
        self.budget = FakeBudget()
        self.wanted: set[tuple[str, str]] = set()
        self.hub = Hub(self.source, self.budget, self.clock, self.aside)
        self.hub.want = self.want
        self.rings: list[dict[str, Any]] = []
        self.there = 0  # how far the exchange's clock is ahead of ours

    async def aside(self, function: Callable[[], Any]) -> Any:
        await asyncio.sleep(0)
        return function()

    def want(self, feeds: Collection[tuple[str, str]]) -> None:
        self.wanted = set(feeds)

    def watch(self, interval: str = "1m", prefix: str = "tfp-x-1-") -> None:
        self.hub.watch(
            self.rings.append, {"symbol": "BTCUSDT", "interval": interval, "prefix": prefix}
        )

    async def candles(self, count: int = 100, interval: str = "1m", **more: int) -> Any:
        question = {"ask": "candles", "symbol": "BTCUSDT", "interval": interval, "count": count}
        return await self.hub.answer(question | more)


@pytest.fixture
def world() -> World:
    return World()


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_fifty_bots_that_look_at_one_market_cost_one_request(world: World) -> None:
    async def story() -> None:
        answers = await asyncio.gather(*(world.candles() for _ in range(50)))
        assert len(world.source.asked) == 1
        assert all(len(answer["rows"]) == 100 for answer in answers)

        world.clock.at += 1_000
        await world.candles()
        assert len(world.source.asked) == 1

    run(story())


def test_a_close_is_fetched_once_and_rings_those_who_watch_it(world: World) -> None:
    async def story() -> None:
        world.watch()
        world.watch(interval="5m")
        world.watch()
        await world.candles()
        world.rings.clear()
        asked = len(world.source.asked)
        world.clock.at += 20_000
        (closed,) = rows(NOW // MINUTE * MINUTE, 1, MINUTE)

        world.hub.candle("BTCUSDT", "1m", closed, True, world.clock.at)
        await settle()

        assert len(world.source.asked) == asked + 1
        assert world.rings == [{"ring": "candle", "symbol": "BTCUSDT"}]

    run(story())


def test_a_bot_that_has_a_window_gets_only_what_is_new(world: World) -> None:
    async def story() -> None:
        before = (await world.candles())["rows"]
        world.clock.at += 2 * MINUTE

        answer = await world.candles(after=before[-1][0])

        assert not answer["whole"]
        assert [row[0] for row in answer["rows"]] == [
            before[-1][0] + MINUTE,
            before[-1][0] + 2 * MINUTE,
        ]

    run(story())


def test_a_bot_that_was_away_for_long_gets_the_whole_window(world: World) -> None:
    async def story() -> None:
        answer = await world.candles(after=NOW - 500 * MINUTE)
        assert answer["whole"]
        assert len(answer["rows"]) == 100

    run(story())


def test_a_long_history_is_fetched_once_and_not_kept(world: World) -> None:
    async def story() -> None:
        question = {"ask": "history", "symbol": "BTCUSDT", "interval": "5m", "count": 99_999}
        answer = await world.hub.answer(question)

        assert len(answer["rows"]) == 10_000
        assert len(answer["rows"][0]) == 6
        assert world.source.asked == ["candles BTCUSDT 5m 10000"]
        assert not world.hub.feeds

    run(story())


def test_one_second_candles_come_from_the_stream_without_a_request(world: World) -> None:
    async def story() -> None:
        world.watch(interval="1s")
        await world.candles(interval="1s")
        world.rings.clear()
        asked = len(world.source.asked)
        for row in rows(NOW, 3, 1_000):
            world.clock.at += 1_000
            world.hub.candle("BTCUSDT", "1s", row, True, world.clock.at)

        answer = await world.candles(interval="1s")

        assert answer["rows"][-1][0] == NOW + 2_000
        assert len(world.source.asked) == asked
        assert len(world.rings) == 3

    run(story())


def test_N14_a_gap_in_the_stream_is_filled_by_rest(world: World) -> None:
    async def story() -> None:
        world.watch(interval="1s")
        await world.candles(interval="1s")
        world.clock.at += 3_000
        (late,) = rows(NOW + 2_000, 1, 1_000)

        world.hub.candle("BTCUSDT", "1s", late, True, world.clock.at)
        await settle()
        answer = await world.candles(interval="1s")

        assert [row[0] for row in answer["rows"][-3:]] == [NOW, NOW + 1_000, NOW + 2_000]

    run(story())


def test_a_candle_the_stream_does_not_bring_is_fetched_soon(world: World) -> None:
    async def story() -> None:
        world.watch()
        await world.candles()
        world.rings.clear()
        world.clock.at += 20_000 + 1_600

        world.hub.look_after_feeds()
        await settle()

        assert world.rings == [{"ring": "candle", "symbol": "BTCUSDT"}]

    run(story())


def test_while_the_exchange_is_away_bots_get_what_there_is(world: World) -> None:
    async def story() -> None:
        await world.candles()
        world.source.down = True
        world.clock.at += 5 * MINUTE

        answer = await world.candles()

        assert len(answer["rows"]) == 100
        nothing = await world.hub.answer(
            {"ask": "candles", "symbol": "ETHUSDT", "interval": "1m", "count": 5}
        )
        assert nothing["error"] == "ExchangeUnavailableError"
        assert nothing["retry_after_ms"] == 5

    run(story())


def test_an_order_rings_only_its_owner(world: World) -> None:
    async def story() -> None:
        other: list[Any] = []
        world.watch(prefix="tfp-x-1-")
        world.hub.watch(
            other.append, {"symbol": "BTCUSDT", "interval": "1m", "prefix": "tfp-x-12-"}
        )

        world.hub.orders_changed("BTCUSDT", ["somebody-elses", "tfp-x-12-3-4-L"])

        assert world.rings == []
        assert other == [{"ring": "account", "symbol": "BTCUSDT", "order": "tfp-x-12-3-4-L"}]

    run(story())


def test_N14_after_the_account_stream_was_away_everybody_is_rung(world: World) -> None:
    async def story() -> None:
        world.watch()
        world.hub.account_may_have_changed()
        assert [ring["ring"] for ring in world.rings] == ["account"]
        world.hub.forget(world.rings.append)

    run(story())


def test_a_fresh_price_of_the_stream_costs_nothing_and_an_old_one_is_asked_for(
    world: World,
) -> None:
    async def story() -> None:
        (row,) = rows(NOW, 1, MINUTE)
        world.hub.candle("BTCUSDT", "1m", row, False, NOW)
        question = {"ask": "price", "symbol": "BTCUSDT"}
        assert (await world.hub.answer(question))["value"] == row[4]
        assert world.source.asked == []

        world.clock.at += 10_000
        assert (await world.hub.answer(question))["value"] == "50000.10"

    run(story())


@pytest.mark.parametrize("ask", ["instrument", "candles", "price"])
def test_an_unknown_symbol_is_said_to_whoever_asked(world: World, ask: str) -> None:
    async def story() -> None:
        question = {"ask": ask, "symbol": "NOSUCH", "interval": "1m", "count": 10}
        answer = await world.hub.answer(question)
        assert (answer["error"], answer["code"]) == ("InputError", "unknown_symbol")
        await settle()
        assert ("NOSUCH", "1m") not in world.wanted

    run(story())


@pytest.mark.parametrize("question", [{}, {"ask": "money"}, {"ask": "candles"}, {"ask": 5}])
def test_a_question_nobody_understands_is_answered_so(world: World, question: Any) -> None:
    async def story() -> None:
        assert (await world.hub.answer(question))["error"] == "InputError"

    run(story())


def test_weight_is_given_out_in_one_place(world: World) -> None:
    async def story() -> None:
        world.budget.wait = 900
        told = {"at": NOW, "weight": 77}
        ordinary = await world.hub.answer({"ask": "weight", "weight": 2, "told": [told]})
        urgent = await world.hub.answer({"ask": "weight", "weight": 2, "urgent": True})
        await world.hub.answer({"ask": "silence", "ms": 30_000})

        assert (ordinary["wait_ms"], urgent["wait_ms"]) == (900, 0)
        assert world.budget.silenced == 30_000
        assert world.budget.heard == [told]
        assert ordinary["base"] == 123.5

    run(story())


# ---------------------------------------------------------------- snapshots and jobs


class MemorySnapshots:
    def __init__(self) -> None:
        self.kept: dict[str, Snapshot] = {}
        self.puts: list[str] = []
        self.broken = False

    def put(self, name: str, value: Any, at: int) -> None:
        if self.broken:
            raise StoreError("disk full")
        self.puts.append(name)
        self.kept[name] = Snapshot(value, at)

    def get(self, name: str) -> Snapshot | None:
        return self.kept.get(name)


def keeper_of(
    world: World, snapshots: MemorySnapshots, measure: Callable[[], None] = lambda: None
) -> Keeper:
    def server_time() -> int:
        if world.source.down:
            raise ExchangeUnavailableError("the exchange cannot be reached")
        return world.clock.now() + world.there

    contacts = Contacts(
        source=world.source,
        server_time=server_time,
        measure_clock=measure,
        wallet=lambda: {"USDT": Balance(Decimal("9900.5")), "BTC": Balance(Decimal("0.002"))},
        streams=lambda: {"market": "open", "account": "closed"},
        requests=lambda: 5,
    )
    return Keeper(world.hub, contacts, world.clock, world.budget, snapshots, world.aside)


async def do_all(keeper: Keeper) -> None:
    for job in keeper.jobs():
        await job.run()


def test_the_store_learns_prices_wallet_rules_and_how_the_hub_is(world: World) -> None:
    async def story() -> None:
        snapshots = MemorySnapshots()
        await do_all(keeper_of(world, snapshots))
        kept = {name: snapshot.value for name, snapshot in snapshots.kept.items()}

        assert kept["wallet"]["USDT"] == {"free": "9900.5", "locked": "0"}
        assert kept["prices"] == {"BTCUSDT": "50000.10"}
        assert kept["exchange_info"]["symbols"][0]["symbol"] == "BTCUSDT"
        assert kept["tickers"]["BTCUSDT"]["volume"] == "5"
        assert kept["exchange"] == {"ok": True, "detail": ""}
        assert kept["hub"]["detail"] == "account stream: closed"

    run(story())


def test_an_event_far_from_our_clock_makes_us_measure_it_again(world: World) -> None:
    async def story() -> None:
        measured: list[int] = []
        keeper = keeper_of(world, MemorySnapshots(), lambda: measured.append(1))
        await keeper.keep_clock()
        (row,) = rows(NOW, 1, MINUTE)

        world.hub.candle("BTCUSDT", "1m", row, False, world.clock.at + 100)
        await keeper.keep_clock()
        assert len(measured) == 1

        world.there = 600_000
        world.hub.candle("BTCUSDT", "1m", row, False, world.clock.at + 600_000)
        await keeper.keep_clock()
        assert len(measured) == 2

    run(story())


def test_nothing_is_written_twice_while_it_is_the_same_and_young(world: World) -> None:
    async def story() -> None:
        snapshots = MemorySnapshots()
        keeper = keeper_of(world, snapshots)
        await do_all(keeper)
        snapshots.puts.clear()

        await keeper.write()
        assert snapshots.puts == []

        world.clock.at += 11_000
        await keeper.write()
        assert set(snapshots.puts) == {"prices", "wallet", "exchange", "hub"}

    run(story())


def test_an_exchange_that_is_away_is_said_at_once(world: World) -> None:
    async def story() -> None:
        snapshots = MemorySnapshots()
        keeper = keeper_of(world, snapshots)
        await do_all(keeper)
        world.source.down = True
        world.clock.at += 6_000
        with pytest.raises(ExchangeUnavailableError):
            await keeper.keep_clock()

        await keeper.write()

        assert snapshots.kept["exchange"].value["ok"] is False
        assert "cannot be reached" in snapshots.kept["exchange"].value["detail"]

    run(story())


def test_the_wallet_is_in_the_store_as_soon_as_an_event_rings(world: World) -> None:
    async def story() -> None:
        snapshots = MemorySnapshots()
        keeper = keeper_of(world, snapshots)
        seen: list[list[str]] = []
        keeper.wallet_seen = lambda: seen.append(list(snapshots.puts))
        await keeper.keep_wallet()
        world.clock.at += 1_500
        keeper.wallet_changed()
        await keeper.keep_wallet()

        assert seen == [["wallet"], ["wallet", "wallet"]]

    run(story())


def test_many_events_in_a_second_cost_one_request(world: World) -> None:
    async def story() -> None:
        snapshots = MemorySnapshots()
        keeper = keeper_of(world, snapshots)
        for _ in range(10):
            keeper.wallet_changed()
            await keeper.keep_wallet()
            world.clock.at += 90
        assert snapshots.puts == ["wallet"]

        world.clock.at += 100
        await keeper.keep_wallet()
        assert snapshots.puts == ["wallet"] * 2

    run(story())


def test_what_others_did_is_looked_at_twice_in_case_the_wallet_comes_late(world: World) -> None:
    async def story() -> None:
        snapshots = MemorySnapshots()
        keeper = keeper_of(world, snapshots)
        keeper.wallet_changed(by_others=True)
        for _ in range(10):
            await keeper.keep_wallet()
            world.clock.at += 1_000
        assert snapshots.puts == ["wallet"] * 2

    run(story())


def test_a_store_that_cannot_be_written_is_tried_again(world: World) -> None:
    async def story() -> None:
        snapshots = MemorySnapshots()
        keeper = keeper_of(world, snapshots)
        snapshots.broken = True
        await do_all(keeper)
        snapshots.broken = False

        await keeper.write()

        assert "wallet" in snapshots.kept

    run(story())


def test_a_bot_that_knows_of_a_ban_tells_a_hub_that_does_not(world: World) -> None:
    async def story() -> None:
        await world.hub.answer({"ask": "weight", "weight": 2, "silent_ms": 40_000})
        assert world.budget.silenced == 40_000

    run(story())


def test_a_clock_that_was_never_measured_is_not_handed_on(world: World) -> None:
    async def story() -> None:
        world.clock.measured_at = None
        assert "base" not in await world.hub.answer({"ask": "clock"})

    run(story())


def test_rules_that_an_order_broke_are_fetched_anew_once_for_all_who_doubt_them(
    world: World,
) -> None:
    async def story() -> None:
        question = {"ask": "instrument", "symbol": "BTCUSDT"}
        await world.hub.answer(question)
        for _ in range(5):
            await world.hub.answer(question | {"fresh": True})
        assert world.source.asked == ["exchange_info"] * 2

    run(story())


def test_candles_of_the_stream_that_come_late_or_twice_change_nothing(world: World) -> None:
    async def story() -> None:
        world.watch()
        await world.candles()
        newest = rows(NOW // MINUTE * MINUTE - MINUTE, 1, MINUTE)[0]
        world.source.asked.clear()
        for at in (NOW, NOW - 500, NOW):
            price = "50001" if at == NOW else "49999"
            world.hub.candle("BTCUSDT", "1m", [newest[0], *[price] * 4, *newest[5:]], True, at)
        await asyncio.sleep(0)

        assert world.hub.prices["BTCUSDT"] == ("50001", NOW)
        assert world.source.asked == []

    run(story())


def test_a_job_that_fails_disturbs_no_other() -> None:
    async def story() -> None:
        done = asyncio.Event()
        runs: list[str] = []

        async def faulty() -> None:
            runs.append("faulty")
            raise RuntimeError("a bug")

        async def sound() -> None:
            runs.append("sound")
            if runs.count("sound") == 3:
                done.set()

        jobs = [
            Job("faulty", faulty, 0.001),
            Job("sound", sound, 0.001),
            Job("blocking", lambda: runs.append("blocking"), 0.001, blocking=True),
        ]
        working = asyncio.create_task(run_jobs(jobs))
        await done.wait()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        assert {"faulty", "sound", "blocking"} <= set(runs)

    run(story())


def test_a_bell_ends_the_pause_of_a_job() -> None:
    async def story() -> None:
        bell, done = asyncio.Event(), asyncio.Queue[int]()

        async def work() -> None:
            done.put_nowait(1)

        jobs = asyncio.create_task(run_jobs([Job("work", work, 3_600.0, bell=bell)]))
        async with asyncio.timeout(10):
            for _ in range(3):
                await done.get()
                bell.set()
        jobs.cancel()
        await asyncio.gather(jobs, return_exceptions=True)

    run(story())
