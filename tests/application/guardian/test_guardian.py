"""The guardian's rounds."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tests.application.conftest import BUY, Stage
from tests.fakes.clock import MIDNIGHT, FakeClock
from tests.fakes.exchange import FakeExchange
from tests.fakes.store import (
    FakeActivities,
    FakeBots,
    FakeFindings,
    FakeLeases,
    FakeOutbox,
    FakeProcesses,
    FakeRecords,
    FakeSnapshots,
    a_bot,
)
from tradefleet.application.guardian.guardian import Guardian, GuardianParts
from tradefleet.application.guardian.hours import Hours
from tradefleet.application.guardian.others import FORGOTTEN_MS, Others
from tradefleet.application.guardian.worth import Worth
from tradefleet.application.market_view import MarketView
from tradefleet.domain.bot import Wish
from tradefleet.domain.order import Fill, Side
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.ports.notices import Finding, Severity
from tradefleet.ports.records import Totals

HOUR = 3_600_000


class Watch:
    def __init__(
        self, clock: FakeClock, snapshots: FakeSnapshots | None = None, **settings: object
    ) -> None:
        self.clock = clock
        self.bots = FakeBots()
        self.leases = FakeLeases()
        self.records = FakeRecords()
        self.snapshots = snapshots or FakeSnapshots()
        self.findings = FakeFindings()
        self.outbox = FakeOutbox()
        self.activities = FakeActivities()
        self.host_restarts = 0
        self.disk_free = 10**12
        self.others = Others(lambda: "tfp-k7x2-")
        self.exchange = FakeExchange(clock)
        market = MarketView(self.snapshots, clock, lambda row: row, "USDT")
        self.worth = Worth(self.bots, self.records, self.snapshots, market, clock)
        self.guardian = Guardian(
            GuardianParts(
                bots=self.bots,
                leases=self.leases,
                records=self.records,
                snapshots=self.snapshots,
                findings=self.findings,
                outbox=self.outbox,
                activities=self.activities,
                processes=FakeProcesses(),
                market=market,
                broker=self.exchange,
                clock=clock,
                wall=clock,
                mode="paper",
                restart_host=self.restart_host,
                clock_off_ms=lambda: None,
                disk_free=lambda: self.disk_free,
                worth=self.worth,
                others=self.others,
                **settings,
            )
        )

    def restart_host(self) -> None:
        self.host_restarts += 1

    def live(self, seconds: int, *, host: bool = True) -> None:
        for _ in range(seconds):
            now = self.clock.now()
            self.snapshots.put("exchange", {"ok": True}, now)
            if host:
                self.snapshots.put("host", {"ok": True}, now)
            self.guardian.look()
            self.clock.advance(seconds=1)

    def wallet(self, **held: str) -> None:
        amounts = {asset: {"free": amount, "locked": "0"} for asset, amount in held.items()}
        self.snapshots.put("wallet", amounts, self.clock.now())

    def a_wallet(self, usdt: str, **prices: str) -> None:
        now = self.clock.now()
        self.snapshots.put("wallet", {"USDT": {"free": usdt, "locked": "0"}}, now)
        self.snapshots.put("prices", prices, now)


@pytest.fixture
def watch(clock: FakeClock) -> Watch:
    return Watch(clock)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def a_trade(exit_time: int, profit: str = "4.79") -> Trade:
    return Trade(
        "BTCUSDT",
        exit_time - HOUR,
        Decimal(50_000),
        exit_time,
        Decimal(52_500),
        Decimal("0.00199"),
        Decimal(100),
        Decimal("0.2"),
        Decimal(profit),
        ExitReason.TAKE_PROFIT,
    )


def test_L2_what_lasts_becomes_a_finding_and_one_alarm(watch: Watch):
    watch.bots = watch.guardian._parts.bots
    watch.bots.rows[1] = a_bot()
    watch.live(25)
    assert watch.findings.codes == set()

    watch.live(60)
    assert watch.findings.codes == {"heartbeat_lost"}
    assert len(watch.outbox.texts) == 1
    assert "BTC Bot should run and has been silent" in watch.outbox.texts[0]


def test_what_is_over_is_closed_and_said(watch: Watch):
    watch.disk_free = 50 * 1024**2
    watch.live(2)
    watch.disk_free = 10**12
    watch.live(2)

    assert watch.findings.codes == set()
    assert len(watch.outbox.texts) == 2
    assert watch.outbox.texts[1].startswith("✓ Over: ")


def test_findings_of_others_are_alarmed_and_left_alone(watch: Watch):
    watch.bots.rows[1] = a_bot()
    watch.findings.open(Finding("bot_failed", Severity.ACT, "unknown strategy", 5, 1))
    watch.findings.open(Finding("protection_by_bot", Severity.LOOK, "watched", 5, 1))
    watch.live(3)

    assert {"bot_failed", "protection_by_bot"} <= watch.findings.codes
    assert watch.outbox.texts == ["⚠ BTC Bot: unknown strategy"]


def test_findings_of_a_deleted_bot_are_closed(watch: Watch):
    watch.findings.open(Finding("bot_failed", Severity.ACT, "unknown strategy", 5, 9))
    watch.live(1)
    assert watch.findings.codes == set()


def test_a_dead_host_is_restarted_every_half_minute(watch: Watch):
    watch.live(5)
    watch.live(80, host=False)
    assert watch.host_restarts == 3
    assert "host_silent" in watch.findings.codes


def test_it_says_that_it_lives(watch: Watch):
    watch.live(1)
    assert watch.snapshots.get("guardian") is not None


def test_the_worth_of_bots_and_fleet_is_kept(watch: Watch):
    watch.bots.rows |= {1: a_bot(1), 2: a_bot(2, symbol="ETHUSDT")}
    watch.records.books[1] = Totals(cash=Decimal(1), quantity=Decimal("0.002"))
    watch.a_wallet("9900", BTCUSDT="50000", ETHUSDT="3000")
    watch.worth.record()

    (points,) = watch.records.points
    assert points[1].equity == 101
    assert points[2].equity == 100
    assert points[0].equity == 10_000


def test_holding_is_the_budget_spent_on_the_coin_when_it_was_first_seen(watch: Watch):
    watch.bots.rows[1] = a_bot(1)
    watch.a_wallet("10000", BTCUSDT="50000")
    watch.worth.record()
    watch.a_wallet("10000", BTCUSDT="55000")
    watch.worth.record()

    first, second = watch.records.points
    assert (first[1].holding, second[1].holding) == (100, 110)
    assert (first[0].holding, second[0].holding) == (10_000, 10_010)


def test_a_wallet_of_before_the_newest_fill_makes_no_worth_of_the_fleet(watch: Watch):
    watch.bots.rows[1] = a_bot(1)
    watch.a_wallet("10000", BTCUSDT="50000")
    watch.clock.advance(ms=1)
    bought_at = watch.clock.now()
    watch.records.books[1] = Totals(cash=Decimal(0), quantity=Decimal("0.002"), opened_at=bought_at)
    watch.worth.record()

    assert set(watch.records.points[0]) == {1}


def test_a_price_that_is_not_known_makes_no_worth(watch: Watch):
    watch.bots.rows[1] = a_bot(1)
    watch.records.books[1] = Totals(cash=Decimal(1), quantity=Decimal("0.002"))
    watch.a_wallet("9900")
    watch.worth.record()
    assert watch.records.points == []


def test_the_summary_comes_every_six_hours_once(watch: Watch):
    watch.bots.rows[1] = a_bot()
    watch.records.books[1] = Totals(
        cash=Decimal("4.79"), quantity=Decimal("0.002"), profit=Decimal("4.79"), trades=1
    )
    watch.records.closed.append((1, a_trade(MIDNIGHT + 5 * HOUR)))
    watch.a_wallet("9904.79", BTCUSDT="50000")
    watch.worth.record()
    watch.clock.advance(ms=3 * HOUR)
    watch.guardian.summarise()
    assert watch.outbox.texts == []

    watch.clock.advance(ms=3 * HOUR + 1_000)
    watch.guardian.summarise()
    watch.guardian.summarise()
    assert watch.outbox.texts == [
        "Tradefleet (paper), 2025-11-22 06:00 UTC\n"
        "Equity 10004.79 USDT (+0.00% in 6 h)\n"
        "Profit +4.79 USDT in all, +4.79 in 6 h\n"
        "Trades 1 in all, 1 in 6 h\n"
        "1 of 1 bots run, 1 hold a position: BTC Bot\n"
        "No alarms"
    ]


def test_the_summary_follows_the_persons_midnight(clock: FakeClock):
    watch = Watch(clock, hours=Hours(ZoneInfo("Asia/Kolkata")))  # half past five ahead
    watch.a_wallet("10000")
    watch.guardian.summarise()
    assert watch.outbox.texts == []

    watch.clock.advance(ms=HOUR // 2)
    watch.guardian.summarise()
    assert watch.outbox.texts[0].startswith("Tradefleet (paper), 2025-11-22 06:00 IST\n")


def test_trades_are_told_where_that_is_wished(clock: FakeClock):
    watch = Watch(clock, notify_trades=True)
    watch.bots.rows[1] = a_bot()
    watch.records.closed.append((1, a_trade(MIDNIGHT - HOUR)))  # before our time
    watch.records.closed.append((1, a_trade(MIDNIGHT + HOUR)))
    watch.guardian.tell_trades()
    watch.guardian.tell_trades()
    assert watch.outbox.texts == [
        "BTC Bot sold 0.00199 BTC at 52500 (take_profit): +4.79 USDT (+4.79%)"
    ]


def test_trades_are_not_told_unasked(watch: Watch):
    watch.bots.rows[1] = a_bot()
    watch.records.closed.append((1, a_trade(MIDNIGHT + HOUR)))
    watch.guardian.tell_trades()
    assert watch.outbox.texts == []


def test_a_stopped_bot_whose_protection_was_filled_is_told_to_the_host(watch: Watch):
    stage = Stage(watch.exchange)
    stage.cycle(BUY)
    watch.bots.rows[1] = stage.bot
    watch.bots.wish(1, Wish.STOP_KEEP)
    watch.records.books[1] = Totals(cash=Decimal(0), quantity=stage.ledger.position.quantity)
    watch.records.intents_of[1] = stage.journal.open_intents()
    watch.guardian.look_after_the_stopped()
    assert watch.snapshots.get("ended_protection") is None

    watch.exchange.move("48900")
    watch.guardian.look_after_the_stopped()
    assert watch.snapshots.get("ended_protection").value == {"bots": [1]}


# ---------------------------------------------------------------- others on the account


def test_A6_a_deposit_is_booked_to_the_rest_and_shown(watch: Watch):
    watch.wallet(USDT="100")
    watch.live(3)
    watch.wallet(USDT="150.5")
    watch.live(7)

    assert [(a.action, a.detail) for a in watch.activities.rows] == [
        ("moved outside", "+50.5 USDT")
    ]
    assert "+50.5 USDT" in watch.findings.now["moved_outside", 0].text
    watch.live(20)
    assert len(watch.activities.rows) == 1


def test_a_trade_by_hand_shows_both_of_its_sides(watch: Watch):
    watch.wallet(USDT="100", BTC="0.002")
    watch.live(3)
    watch.wallet(USDT="199.9")
    watch.live(7)

    assert [a.detail for a in watch.activities.rows] == ["-0.002 BTC, +99.9 USDT"]


def test_what_bots_trade_is_no_doing_of_others(watch: Watch):
    watch.wallet(USDT="100")
    watch.live(3)
    watch.wallet(USDT="0", BTC="0.001998", BNB="-0.01")
    watch.live(2)  # in the wallet already, not in the books yet
    watch.records.by_fills = {
        "USDT": Decimal(-100),
        "BTC": Decimal("0.001998"),
        "BNB": Decimal("-0.01"),
    }
    watch.records.books[1] = Totals(cash=Decimal(0))
    watch.live(20)

    assert not watch.activities.rows


def test_another_guardian_sees_what_happened_while_there_was_none(watch: Watch):
    watch.wallet(USDT="100")
    watch.live(3)
    later = Watch(watch.clock, watch.snapshots)
    later.wallet(USDT="40")
    later.live(7)

    assert [a.detail for a in later.activities.rows] == ["-60 USDT"]


def test_A3_missing_coins_are_said_to_every_bot_that_owns_some(watch: Watch):
    watch.bots.rows = {1: a_bot(1), 2: a_bot(2), 3: a_bot(3)}
    held = Totals(cash=Decimal(0), quantity=Decimal("0.001"), dust=Decimal("0.00000001"))
    watch.records.books = {1: held, 2: held, 3: Totals(cash=Decimal(0))}
    watch.wallet(BTC="0.0015")
    watch.live(4)
    assert not [code for code, _ in watch.findings.now if code.startswith("shortfall")]

    watch.live(4)
    assert {bot for code, bot in watch.findings.now if code == "shortfall_BTC"} == {1, 2}
    watch.wallet(BTC="0.00200002")
    watch.live(2)
    assert not [code for code, _ in watch.findings.now if code.startswith("shortfall")]


# ---------------------------------------------------------------- told by the account's events


@pytest.fixture
def long_at_peace(watch: Watch) -> Watch:
    watch.wallet(USDT="100", BTC="0.002")
    watch.live(10)
    return watch


def sold_by_hand(watch: Watch, name: str = "by hand") -> None:
    """Let the account's stream tell of 0.002 bitcoin sold for 99.9 USDT."""
    fill = Fill(
        symbol="BTCUSDT",
        trade_id=1,
        order_id=1,
        side=Side.SELL,
        price=Decimal(50_000),
        quantity=Decimal("0.002"),
        quote_quantity=Decimal(100),
        fee=Decimal("0.1"),
        fee_asset="USDT",
        time=watch.clock.now(),
    )
    watch.others.traded(name, fill, "BTC", "USDT")


def short_of_bitcoin(watch: Watch) -> bool:
    return ("shortfall_BTC", 1) in watch.findings.now


def test_A6_a_deposit_that_was_told_of_is_shown_with_the_first_look(long_at_peace: Watch):
    watch = long_at_peace
    watch.others.transferred("USDT", Decimal("50.5"))
    watch.wallet(USDT="150.5", BTC="0.002")
    watch.live(1)

    assert [a.detail for a in watch.activities.rows] == ["+50.5 USDT"]
    assert ("moved_outside", 0) in watch.findings.now
    watch.live(40)
    assert len(watch.activities.rows) == 1


def test_A3_coins_sold_by_hand_are_missed_with_the_first_look(long_at_peace: Watch):
    watch = long_at_peace
    watch.bots.rows = {1: a_bot(1)}
    watch.records.books = {1: Totals(cash=Decimal(0), quantity=Decimal("0.002"))}
    watch.live(10)

    sold_by_hand(watch)
    watch.wallet(USDT="199.9")
    watch.live(1)

    assert short_of_bitcoin(watch)
    assert [a.detail for a in watch.activities.rows] == ["-0.002 BTC, +99.9 USDT"]


def test_what_was_told_counts_only_when_the_wallet_shows_just_that(long_at_peace: Watch):
    watch = long_at_peace
    watch.others.transferred("USDT", Decimal(50))
    watch.live(1)  # not in the wallet yet
    watch.wallet(USDT="50", BTC="0.004")  # with a bot's purchase that is not booked yet
    watch.live(1)
    assert not watch.activities.rows

    watch.records.by_fills = {"USDT": Decimal(-100), "BTC": Decimal("0.002")}
    watch.records.books[1] = Totals(cash=Decimal(0), quantity=Decimal("0.002"))
    watch.live(1)
    assert [a.detail for a in watch.activities.rows] == ["+50 USDT"]


def test_a_bot_s_own_orders_are_no_doing_of_others(watch: Watch):
    sold_by_hand(watch, "tfp-k7x2-1-1-2-X")
    assert not watch.others.told(0)
    sold_by_hand(watch, "tfp-h0me-1-1-2-X")
    assert watch.others.told(0) == {"BTC": Decimal("-0.002"), "USDT": Decimal("99.9")}


def test_where_nobody_says_which_orders_are_ours_all_are(watch: Watch):
    watch.others = Others()
    sold_by_hand(watch)
    assert not watch.others.told(0)


def test_what_was_told_and_never_comes_is_forgotten(long_at_peace: Watch):
    watch = long_at_peace
    watch.others.transferred("USDT", Decimal(50))
    watch.live(FORGOTTEN_MS // 1000 + 1)
    watch.others.transferred("USDT", Decimal(7))
    watch.wallet(USDT="107", BTC="0.002")
    watch.live(1)

    assert [a.detail for a in watch.activities.rows] == ["+7 USDT"]


def test_a_sale_that_is_booked_while_the_guardian_looks_is_missed_by_nobody(long_at_peace: Watch):
    watch = long_at_peace
    watch.bots.rows = {1: a_bot(1)}
    watch.records.books = {1: Totals(cash=Decimal(0), quantity=Decimal("0.002"))}
    watch.live(10)
    watch.wallet(USDT="199.9")
    moved = watch.records.moved

    def booked_meanwhile() -> dict[str, Decimal]:
        watch.records.books = {1: Totals(cash=Decimal("99.9"))}
        watch.records.by_fills = {"USDT": Decimal("99.9"), "BTC": Decimal("-0.002")}
        return moved()

    watch.records.moved = booked_meanwhile  # type: ignore[method-assign]
    watch.live(1)

    assert not short_of_bitcoin(watch)
    assert not watch.activities.rows
