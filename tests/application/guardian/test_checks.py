"""What the guardian finds wrong, and what it does not."""

from dataclasses import replace
from decimal import Decimal

from tests.fakes.store import a_bot
from tradefleet.application.guardian.checks import Scene, findings_of
from tradefleet.application.health import ProcessHealth
from tradefleet.domain.bot import Status, Wish
from tradefleet.domain.order import OrderRequest, OrderType, ProtectionRequest, Purpose, Side
from tradefleet.ports.exchange import Balance
from tradefleet.ports.fleet import Heartbeat, Holder, Lease, LeaseView
from tradefleet.ports.journal import Intent, IntentState
from tradefleet.ports.notices import Severity
from tradefleet.ports.records import Snapshot, Totals

NOW = 1_763_769_600_000
HOLDER = Holder(10, 1.0, "here", "this boot", "host")
NAMES = ("exchange", "hub", "host", "guardian")
FINE = tuple(ProcessHealth(name, ok=True, age_ms=0, detail="") for name in NAMES)
DEAD = tuple(ProcessHealth(name, ok=False, age_ms=None, detail="") for name in NAMES)
HOLDING = Totals(cash=Decimal(0), quantity=Decimal("0.002"), entry_price=Decimal(50_000))

RESTING = Intent(
    2,
    Purpose.PROTECTION,
    ProtectionRequest("l", "k", "t", "BTCUSDT", Decimal("0.002"), Decimal(49_000), None, None),
    NOW,
    IntentState.ACCEPTED,
)
UNKNOWN = Intent(
    1,
    Purpose.ENTRY,
    OrderRequest("b", "BTCUSDT", Side.BUY, OrderType.MARKET, Purpose.ENTRY),
    NOW - 61_000,
)


def beating(age_ms: int = 0, protection: str = "exchange") -> dict[int, LeaseView]:
    heartbeat = Heartbeat(NOW - age_ms, Status.RUNNING, protection=protection)
    return {1: LeaseView(Lease(1, 1, HOLDER), heartbeat)}


def codes(**facts: object) -> set[str]:
    values: dict[str, object] = {
        "bots": (a_bot(),),
        "leases": beating(),
        "alive": frozenset({1}),
        "processes": FINE,
        **facts,
    }
    return {finding.code for finding in findings_of(Scene(NOW, **values))}  # type: ignore[arg-type]


def test_all_is_well():
    assert codes() == set()


def test_W9_a_silent_bot():
    assert codes(leases=beating(31_000)) == {"heartbeat_lost"}
    assert codes(leases={}, alive=frozenset()) == {"heartbeat_lost"}


def test_a_stopped_bot_may_be_silent():
    stopped = replace(a_bot(), wish=Wish.STOP_KEEP)
    assert codes(bots=(stopped,), leases={}, alive=frozenset()) == set()


def test_a_position_without_resting_protection():
    assert codes(totals={1: HOLDING}) == {"unprotected"}
    assert codes(totals={1: HOLDING}, intents={1: (RESTING,)}) == set()


def test_a_bot_that_cannot_run_is_not_told_to_be_started():
    failed = replace(a_bot(), failure="the account was reset")
    scene = Scene(NOW, bots=(failed,), totals={1: HOLDING})
    assert [f.text.partition("; ")[2] for f in findings_of(scene)] == ["it cannot run: see why"]


def test_a_position_the_bot_watches_itself_is_protected_while_it_lives():
    watched = beating(protection="bot")
    assert codes(totals={1: HOLDING}, leases=watched) == set()
    stopped = replace(a_bot(), wish=Wish.STOP_KEEP)
    assert codes(totals={1: HOLDING}, leases=watched, alive=frozenset(), bots=(stopped,)) == {
        "unprotected"
    }


def test_protection_that_was_switched_off_is_not_missed():
    off = a_bot(stop_loss=Decimal(0), take_profit=Decimal(0))
    assert codes(bots=(off,), totals={1: HOLDING}) == set()


def test_an_order_nobody_knows_about_for_a_minute():
    assert codes(intents={1: (UNKNOWN,)}) == {"unknown_order"}
    assert codes(intents={1: (replace(UNKNOWN, created_at=NOW - 1_000),)}) == set()


def test_processes_that_are_silent():
    assert codes(processes=DEAD) == {"exchange_silent", "host_silent"}


def test_old_prices_and_a_frozen_market():
    prices = Snapshot({"BTCUSDT": "1"}, NOW - 61_000)
    frozen = Snapshot({"kind": "live", "frozen_since": NOW - 5_000}, NOW)
    assert codes(snapshots={"prices": prices, "market": frozen}) == {
        "prices_old",
        "market_frozen",
    }


def test_coins_and_money_that_are_missing_from_the_wallet():
    short = {"BTC": Balance(Decimal("0.001"), Decimal(0)), "USDT": Balance(Decimal(50))}
    books = replace(HOLDING, cash=Decimal(60))
    found = codes(totals={1: books}, intents={1: (RESTING,)}, wallet=short)
    assert found == {"shortfall_BTC", "shortfall_USDT"}


def test_the_wallet_may_hold_more_than_the_bots_own():
    rich = {"BTC": Balance(Decimal(1), Decimal("0.002")), "USDT": Balance(Decimal(5_000))}
    assert codes(totals={1: HOLDING}, intents={1: (RESTING,)}, wallet=rich) == set()


def test_clock_and_disk():
    assert codes(clock_off_ms=-700) == {"clock_off"}
    assert codes(clock_off_ms=None, disk_free=10**12) == set()
    assert codes(disk_free=400 * 1024**2) == {"disk_low"}


def test_a_fleet_that_lost_its_limit_is_said_once_for_all():
    (found,) = findings_of(Scene(NOW, fleet_pause="loss limit of the fleet: lost 6 of 6 USDT"))

    assert (found.code, found.bot_id, found.severity) == ("loss_limit", 0, Severity.ACT)
