"""Bots trade before the built-in exchange, and its wallet is theirs and the rest to the last digit.

Nothing here adds up what it booked itself: the wallet is the exchange's own word.
"""

import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.contracts.desk import BuiltIn
from tests.contracts.fleet import NOW, a_journal, settings
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.migrate import migrate
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.application.books import Books
from tradefleet.application.desk import Desk as OrderDesk
from tradefleet.application.desk import OrderNames
from tradefleet.application.doctor import Checkup
from tradefleet.application.recovery import Recovery
from tradefleet.application.statement import Line, statement
from tradefleet.bootstrap.doctor.exchange import ExchangeProbes
from tradefleet.bootstrap.installation import Installation
from tradefleet.domain.instrument import plain
from tradefleet.domain.order import OrderStatus, Purpose
from tradefleet.domain.plan import ProtectedEntry
from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import Levels
from tradefleet.domain.signal import Action, Reason, Signal
from tradefleet.ports.exchange import Balance
from tradefleet.settings import load_settings

BTC, BNB = "BTCUSDT", "BNBUSDT"
BUDGET = Decimal(1_000)


class Trading:
    """One bot of the fleet: its desk before the exchange, its journal in the store."""

    def __init__(self, fleet: "Fleet", symbol: str) -> None:
        wanted = settings(f"bot of {symbol}", str(BUDGET))
        base = symbol.removesuffix("USDT")
        created = SqlBots(fleet.store).create(wanted, base, "USDT", NOW)
        self.id, self.journal = created.id, a_journal(fleet.store, created)
        self.fleet, self.symbol, self.base = fleet, symbol, base
        self.instrument = fleet.exchange.market.instrument(symbol)
        self.books = Books(self.journal, self.instrument, BUDGET)
        names = OrderNames("k7x2", "paper", created.id, 1)
        desk = fleet.exchange
        self.orders = OrderDesk(names, desk.broker, self.journal, self.books, desk.clock)
        self.recovery = Recovery(self.orders)

    @property
    def price(self) -> Decimal:
        return self.fleet.exchange.market.price(self.symbol).value

    @property
    def held(self) -> Decimal:
        return self.books.ledger.position.quantity

    def buy(self, spend: int) -> OrderStatus:
        return self.orders.buy(Decimal(spend), self.price).status

    def sell(self) -> None:
        sellable = self.instrument.floor_quantity(self.held)
        self.orders.sell(sellable, ExitReason.SIGNAL)
        self.give_up_dust()

    def give_up_dust(self) -> None:
        position = self.books.ledger.position
        if position.sold and position.is_open and position.quantity < self.instrument.min_quantity:
            self.books.book_dust(position.last_exit_at)

    def protect(self, stop: Decimal, target: Decimal) -> None:
        self.orders.protect(Levels(stop, target))

    def buy_at(self, limit: Decimal, quantity: Decimal) -> None:
        """Buy with a limit that brings stop and target along, and call off what does not fill."""
        levels = Levels(limit - 1_000, limit + 1_000)
        covered = self.instrument.floor_quantity(quantity * Decimal("0.999"))
        wanted = ProtectedEntry(quantity, covered, limit, levels)
        signal = Signal(Action.BUY, (Reason("it fell"),))
        self.orders.buy_protected(wanted, Decimal(2), Decimal(2), signal)
        for intent in self.recovery.settle().unfilled:
            self.orders.call_off(intent)
        self.look()

    def look(self) -> None:
        """Book what became of every order that is not over."""
        assert not self.recovery.settle().unknown


class Fleet:
    """Bots on one account: two on one coin, the third on the coin that pays for fees."""

    def __init__(self, store: Store, built_in: BuiltIn, **terms: object) -> None:
        self.store, self.built_in = store, built_in
        self.exchange = built_in.desk(**terms)
        self.start = self.wallet()
        self.one, self.two, self.fees = (Trading(self, symbol) for symbol in (BTC, BTC, BNB))

    def wallet(self) -> dict[str, Decimal]:
        held = self.exchange.broker.balances()
        return {asset: balance.free + balance.locked for asset, balance in held.items()}

    def happens(self, kind: str, **more: str) -> None:
        row = {"kind": kind, "symbol": BTC, **more}
        self.built_in.client.post("/sim/happenings", json=row).raise_for_status()

    def lines(self) -> dict[str, Line]:
        """Return the statement, once it was found to add up."""
        records, balances = SqlRecords(self.store), self.exchange.broker.balances()
        lines = statement(SqlBots(self.store).all(), records.totals(), balances)
        moved = records.moved()
        for asset in lines.keys() | moved.keys():
            held = balances.get(asset, Balance())
            there = held.free + held.locked
            line = lines.get(asset, Line(asset, Decimal(0), there, {}))
            assert line.owned + line.rest == there == line.wallet
            assert not line.missing
            assert there - moved.get(asset, Decimal(0)) == self.start.get(asset, Decimal(0))
        return dict(lines)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """One kind of store is enough: what is added up here is the exchange's arithmetic."""
    store = Store.locate("", tmp_path, "paper")
    migrate(store)
    yield store
    store.close()


@pytest.fixture(scope="module")
def built_in() -> Iterator[BuiltIn]:
    """An exchange of our own: we ask it for the wallet after every step."""
    with BuiltIn() as exchange:
        yield exchange


@pytest.fixture
def fleet(store: Store, built_in: BuiltIn) -> Fleet:
    return Fleet(store, built_in)


@pytest.fixture
def pays_in_bnb(store: Store, built_in: BuiltIn) -> Fleet:
    balances = {"USDT": "10000", "BNB": "0.5"}
    return Fleet(store, built_in, balances=balances, pay_fees_in_bnb=True)


@pytest.fixture
def thin(fleet: Fleet) -> Iterator[Fleet]:
    """A fleet in a market that offers a hundred dollars' worth on each side, and no more."""
    fleet.two.buy(200)
    fleet.one.buy(200)
    fleet.happens("thin_book", quantity="0.002")
    yield fleet
    over = fleet.built_in.client.post("/sim/faults", json={"seed": 1, "faults": []})
    over.raise_for_status()


def test_A10_a_purchase_that_was_filled_in_part_and_expired_adds_up(fleet: Fleet) -> None:
    fleet.happens("partial_fill", share="0.37")

    assert fleet.one.buy(500) is OrderStatus.EXPIRED

    spent = BUDGET - fleet.one.books.ledger.cash
    assert Decimal(180) < spent < Decimal(190)
    assert fleet.lines()["BTC"].holders == {fleet.one.id: fleet.one.held}


def test_A10_a_sale_that_was_filled_in_part_and_expired_adds_up(fleet: Fleet) -> None:
    fleet.one.buy(500)
    fleet.happens("partial_fill", share="0.37")
    before = fleet.one.held

    fleet.one.sell()

    assert 0 < fleet.one.held < before
    assert fleet.lines()["BTC"].rest == 0


def test_A15_a_fleet_that_would_trade_with_itself_adds_up(thin: Fleet) -> None:
    one, two = thin.one, thin.two
    one.protect(one.price - 1_000, one.price + 200)  # the market moves by the clock, a little
    before = two.held

    two.buy_at(two.price + 400, Decimal("0.006"))  # meets the first one's target
    one.look()

    ended = one.journal.newest_intent(Purpose.PROTECTION)
    assert ended is not None
    assert "EXPIRED_IN_MATCH" in ended.detail
    assert before < two.held < before + Decimal("0.006")
    assert thin.lines()["BTC"].holders == {one.id: one.held, two.id: two.held}


def test_A8_commissions_in_a_third_asset_come_out_of_the_rest(pays_in_bnb: Fleet) -> None:
    fleet = pays_in_bnb
    fleet.one.buy(300)
    fleet.one.sell()

    bnb = fleet.lines()["BNB"]
    assert (bnb.owned, bnb.holders) == (0, {})
    assert bnb.rest < fleet.start["BNB"]


def test_A8_the_coin_that_pays_for_fees_is_traded_by_a_bot_beside_them(pays_in_bnb: Fleet) -> None:
    fleet = pays_in_bnb
    fleet.fees.buy(200)
    fleet.one.buy(300)
    fleet.fees.sell()
    fleet.fees.buy(150)
    fleet.two.buy(100)

    bnb = fleet.lines()["BNB"]
    assert bnb.holders == {fleet.fees.id: fleet.fees.held + fleet.fees.books.ledger.dust}
    assert bnb.rest < fleet.start["BNB"]


def test_A9_dust_stays_its_bots_own(fleet: Fleet) -> None:
    for bot in (fleet.one, fleet.two):
        bot.buy(123)
        bot.sell()

    dust = {bot.id: bot.books.ledger.dust for bot in (fleet.one, fleet.two)}
    assert all(0 < left < fleet.one.instrument.lot_step for left in dust.values())
    assert fleet.lines()["BTC"].holders == dust


@pytest.mark.parametrize("seed", range(3))
def test_A13_any_flow_of_two_bots_on_one_coin_and_fees_in_another_adds_up(
    store: Store, built_in: BuiltIn, seed: int
) -> None:
    dice = random.Random(seed)
    terms = {"balances": {"USDT": "10000", "BNB": "0.01"}, "pay_fees_in_bnb": bool(seed % 2)}
    fleet = Fleet(store, built_in, **terms)
    for _ in range(20):
        bot = dice.choice((fleet.one, fleet.two, fleet.fees))
        if dice.random() < 0.3:
            fleet.exchange.moves_to(str(dice.randint(45_000, 55_000)))
        if dice.random() < 0.3:
            fleet.happens("partial_fill", share="0.5")
        if bot.journal.open_intents():
            pass  # its stop and target rest
        elif not bot.held:
            bot.buy(dice.randint(50, 200))
        elif bot.symbol == BTC and dice.random() < 0.5 and bot.held * bot.price > 20:
            bot.protect(bot.price - dice.randint(500, 3_000), bot.price + dice.randint(500, 3_000))
        elif bot.held * bot.price > 20:
            bot.sell()
        for each in (fleet.one, fleet.two, fleet.fees):
            each.look()
            each.give_up_dust()
        fleet.lines()


# ---------------------------------------------------------------- the doctor


def doctor(fleet: Fleet, folder: Path, broker: object) -> dict[str, Checkup]:
    probes = ExchangeProbes(Installation(load_settings(_env_file=None, tradefleet_home=folder)))
    probes._answers = True
    probes.__dict__["_tools"] = SimpleNamespace(broker=broker)
    return {check.name: check for check in probes.books()}


def test_I2_the_doctor_adds_up_the_same(fleet: Fleet, tmp_path: Path) -> None:
    fleet.one.buy(300)
    fleet.two.buy(200)

    checks = doctor(fleet, tmp_path, fleet.exchange.broker)

    for asset, line in fleet.lines().items():
        owned, rest, wallet = map(plain, (line.owned, line.rest, line.wallet))
        text = f"bots own {owned}, unallocated {rest}: together the wallet, {wallet}"
        assert (checks[f"books {asset}"].ok, checks[f"books {asset}"].text) == (True, text)


def test_A3_the_doctor_says_what_is_missing(fleet: Fleet, tmp_path: Path) -> None:
    fleet.one.buy(300)
    fleet.exchange.rest.send(
        "POST",
        "/order",
        {"symbol": BTC, "side": "SELL", "type": "MARKET", "quantity": "0.001"},
        lambda answer: answer,
        order_id="by hand",
    )

    found = doctor(fleet, tmp_path, fleet.exchange.broker)["books BTC"]

    assert found.ok is False
    assert f"bots own {plain(fleet.one.held)}" in found.text
    assert "tradefleet settle" in found.mend


def test_the_doctor_looks_again_where_a_bot_trades_meanwhile(fleet: Fleet, tmp_path: Path) -> None:
    fleet.one.buy(300)

    class Busy:
        def balances(self) -> object:
            if fleet.one.held > fleet.one.instrument.lot_step:
                fleet.one.sell()
            return fleet.exchange.broker.balances()

    assert all(check.ok for check in doctor(fleet, tmp_path, Busy()).values())
