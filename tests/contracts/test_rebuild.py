"""Books are told again by the exchange alone, entry by entry, after whatever a bot went through."""

import random
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.contracts.desk import BuiltIn, Desk
from tests.contracts.fleet import NOW, PROCESSES, a_bot, a_fill, a_journal, the_leases
from tradefleet.adapters.memory import MemoryJournal
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.adapters.store.rebuild import replace_books
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.application.books import Books
from tradefleet.application.desk import Desk as OrderDesk
from tradefleet.application.desk import OrderNames
from tradefleet.application.rebuild import Name, Owner, Rebuilt, rebuild
from tradefleet.domain.errors import LeaseError
from tradefleet.domain.ledger import FillBooked
from tradefleet.domain.order import ProtectionRequest, Purpose, Side
from tradefleet.domain.plan import ProtectedEntry
from tradefleet.domain.position import ExitReason
from tradefleet.domain.risk import Levels
from tradefleet.domain.signal import Action, Reason, Signal

OWNER = Owner("k7x2", "paper", 1)


class Trading:
    """A bot's desk before the built-in exchange: real orders, real client, real journal."""

    def __init__(self, desk: Desk, bot_id: int = 1) -> None:
        self.desk = desk
        self.instrument = desk.market.instrument("BTCUSDT")
        self.journal = MemoryJournal()
        self.books = Books(self.journal, self.instrument, Decimal(1_000))
        self.names = OrderNames("k7x2", "paper", bot_id, 1)
        self.orders = OrderDesk(self.names, desk.broker, self.journal, self.books, desk.clock)

    def buy(self, spend: str) -> None:
        price = self.desk.market.price("BTCUSDT").value
        self.orders.buy(Decimal(spend), price)

    def sell(self) -> None:
        held = self.instrument.floor_quantity(self.books.ledger.position.quantity)
        self.orders.sell(held, ExitReason.SIGNAL)
        if self.books.ledger.position.is_open:
            self.books.book_dust(self.books.ledger.position.last_exit_at)

    def protect(self, stop: str, target: str) -> None:
        self.orders.protect(Levels(Decimal(stop), Decimal(target)))

    def look(self) -> None:
        """Book what became of the protection."""
        for intent in self.journal.open_intents():
            assert isinstance(intent.request, ProtectionRequest)
            found = self.desk.broker.find_protection(intent.request)
            assert found is not None
            self.orders.receive(intent, found.orders)
        position = self.books.ledger.position
        if position.sold and position.is_open:
            self.books.book_dust(position.last_exit_at)

    def told(self) -> Rebuilt:
        owner = Owner("k7x2", "paper", self.names.bot_id)
        return rebuild(self.desk.broker, owner, self.instrument, Decimal(1_000))


def test_S4_the_exchange_tells_the_same_books(built_in: BuiltIn) -> None:
    bot = Trading(built_in.desk())
    for way in ("signal", "stop", "target", "signal"):
        bot.desk.moves_to("50000")
        bot.buy("300")
        if way == "signal":
            bot.sell()
            continue
        bot.protect("49000", "52000")
        bot.desk.moves_to("48900" if way == "stop" else "52100")
        bot.look()

    told = bot.told()

    assert told.entries == bot.journal.entries()
    assert told.ledger == bot.books.ledger
    assert [trade.exit_reason for trade in told.ledger.trades] == [
        ExitReason.SIGNAL,
        ExitReason.STOP_LOSS,
        ExitReason.TAKE_PROFIT,
        ExitReason.SIGNAL,
    ]
    assert (told.epoch, told.resting) == (1, ())


def test_S4_an_open_position_comes_with_its_resting_protection(built_in: BuiltIn) -> None:
    bot = Trading(built_in.desk())
    bot.buy("200")
    bot.protect("49000", "52000")

    told = bot.told()

    assert told.ledger == bot.books.ledger
    assert told.resting == tuple(intent.request for intent in bot.journal.open_intents())


def test_S4_protection_that_came_with_its_entry_is_told_with_it(built_in: BuiltIn) -> None:
    bot = Trading(built_in.desk())
    wanted = ProtectedEntry(
        Decimal("0.002"),
        Decimal("0.00199"),
        Decimal("50500"),
        Levels(Decimal(49_000), Decimal(52_000)),
    )
    signal = Signal(Action.BUY, (Reason("it fell"),))
    bot.orders.buy_protected(wanted, Decimal(2), Decimal(4), signal)

    told = bot.told()

    (resting,) = told.resting
    (intent,) = bot.journal.open_intents()
    assert told.entries == bot.journal.entries()
    assert resting.comes_with_entry
    assert replace(resting, quantity=intent.request.quantity) == intent.request


def test_A5_I7_another_bot_on_the_coin_and_the_person_s_own_trades_stay_out(
    built_in: BuiltIn,
) -> None:
    desk = built_in.desk()
    one, two = Trading(desk), Trading(desk, bot_id=12)
    one.buy("100")
    two.buy("150")
    two.sell()
    one.sell()
    desk.rest.send(
        "POST",
        "/order",
        {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quoteOrderQty": "50"},
        lambda answer: answer,
        order_id="by hand",
    )

    assert one.told().entries == one.journal.entries()
    assert two.told().entries == two.journal.entries()


@pytest.mark.parametrize("seed", range(6))
def test_S4_any_flow_is_told_again(built_in: BuiltIn, seed: int) -> None:
    dice = random.Random(seed)
    bot = Trading(built_in.desk())
    for _ in range(12):
        price = dice.randint(45_000, 55_000)
        bot.desk.moves_to(str(price))
        bot.look()
        if not bot.books.ledger.position.is_open:
            bot.buy(str(dice.randint(20, 200)))
            if dice.random() < 0.7:
                bot.protect(
                    str(price - dice.randint(500, 3000)), str(price + dice.randint(500, 3000))
                )
        elif not bot.journal.open_intents():
            bot.sell()

    told = bot.told()
    assert told.entries == bot.journal.entries()
    assert told.ledger == bot.books.ledger


def test_a_person_s_word_is_kept_at_its_place(built_in: BuiltIn) -> None:
    bot = Trading(built_in.desk())
    bot.buy("100")
    fill = bot.journal.entries()[0].fill  # type: ignore[union-attr]
    held = bot.books.ledger.position.quantity
    gone = replace(fill, trade_id=-5, side=Side.SELL, quantity=held, time=fill.time + 1, fee=0)
    word = FillBooked(gone, ExitReason.WRITTEN_OFF)
    bot.books.book([word])
    bot.buy("100")

    told = rebuild(bot.desk.broker, OWNER, bot.instrument, Decimal(1_000), [word])

    assert told.entries == bot.journal.entries()


@pytest.mark.parametrize(
    "name",
    ["", "by hand", "tfl-k7x2-1-1-1-B", "tfp-k7x2-1-1-B", "tfp-k7x2-1-x-1-B", "tfp-k-1-1-1-Z"],
)
def test_a_name_that_is_not_ours_tells_nothing(name: str) -> None:
    assert Name.read(name, "paper") is None


def test_a_name_of_ours_tells_everything() -> None:
    assert Name.read("tfp-k7x2-12-3-45-B", "paper") == Name("k7x2", 12, 3, 45, Purpose.ENTRY)


# ---------------------------------------------------------------- in the store


def test_S6_old_books_are_replaced_whole(store: Store) -> None:
    bot = a_bot(store)
    journal = a_journal(store, bot)
    journal.book([a_fill(1)])
    lost = [a_fill(1), a_fill(2, Side.SELL, price="52500"), a_fill(3)]
    rests = ProtectionRequest(
        "tfp-k7x2-1-7-9-L", "k", "t", "BTCUSDT", Decimal("0.002"), Decimal(49_000), None, None
    )
    leases = the_leases(store)
    leases.release(journal._lease)
    lease = leases.acquire(bot.id, PROCESSES.here("rebuild"), NOW)

    replace_books(store, bot, lease, lost, [rests], 7, NOW)

    records = SqlRecords(store)
    assert (records.totals()[1].trades, records.totals()[1].quantity) == (1, Decimal("0.002"))
    assert records.resting([1]) == {1: rests}
    after = leases.acquire(bot.id, PROCESSES.here("host"), NOW)
    assert after.epoch == 8
    assert list(SqlJournal(store, bot, after).entries()) == lost


def test_S7_a_bot_that_was_taken_meanwhile_keeps_its_books(store: Store) -> None:
    bot = a_bot(store)
    journal = a_journal(store, bot)
    journal.book([a_fill(1)])
    stale = replace(journal._lease, epoch=journal._lease.epoch - 1)

    with pytest.raises(LeaseError):
        replace_books(store, bot, stale, [], [], 1, NOW)

    assert SqlRecords(store).totals()[1].quantity == Decimal("0.002")
