"""The sum of all ledgers and the rest is the wallet, to the last digit, whatever is traded."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contracts.fleet import NOW, PROCESSES, a_journal, the_leases
from tests.contracts.fleet import settings as settings_of
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.adapters.store.migrate import migrate
from tradefleet.adapters.store.rebuild import replace_books
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.application.statement import statement
from tradefleet.domain.bot import Bot
from tradefleet.domain.ledger import DustBooked, FillBooked
from tradefleet.domain.order import Fill, Side
from tradefleet.domain.position import ExitReason
from tradefleet.ports.exchange import Balance

START = {"USDT": Decimal(1_000), "BTC": Decimal("0.5"), "BNB": Decimal(3)}
STEP = Decimal("0.00001")


class Account:
    """An exchange's view of three bots, two of them on one coin, the third on the fees' coin."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.records = SqlRecords(store)  # looked at after every event, as the guardian does
        self.wallet = dict(START)
        self.numbers = 0
        self.bots: list[Bot] = []
        self.journals: list[SqlJournal] = []
        for name, base in (("one", "BTC"), ("two", "BTC"), ("fees", "BNB")):
            wanted = replace(settings_of(name), symbol=f"{base}USDT")
            self.bots.append(SqlBots(store).create(wanted, base, "USDT", NOW))
            self.journals.append(a_journal(store, self.bots[-1]))

    def trade(self, which: int, side: Side, quantity: Decimal, price: Decimal, fee: str) -> None:
        """Let the exchange execute, take its commission and tell the bot."""
        bot, sign = self.bots[which], 1 if side is Side.BUY else -1
        received = bot.base if side is Side.BUY else bot.quote
        asset = "BNB" if fee == "BNB" else received
        worth = quantity * price
        commission = (quantity if asset == bot.base else worth) / 1000
        for name, amount in (
            (bot.base, sign * quantity),
            (bot.quote, -sign * worth),
            (asset, -commission),
        ):
            self.wallet[name] += amount
        self.numbers += 1
        fill = Fill(
            symbol=bot.settings.symbol,
            trade_id=self.numbers,
            order_id=self.numbers,
            side=side,
            price=price,
            quantity=quantity,
            quote_quantity=worth,
            fee=commission,
            fee_asset=asset,
            time=NOW + self.numbers,
        )
        self.journals[which].book([FillBooked(fill)])

    def held(self, which: int) -> Decimal:
        return SqlRecords(self.store).totals()[self.bots[which].id].quantity

    def sell_all_but_dust(self, which: int, price: Decimal, fee: str) -> None:
        held = self.held(which)
        sellable = held // STEP * STEP
        if sellable:
            self.trade(which, Side.SELL, sellable, price, fee)
        if held != sellable:
            self.journals[which].book_dust(DustBooked(NOW + self.numbers))


an_amount = st.decimals("0.00001", "0.1", places=5)
a_price = st.decimals("1", "1000", places=2)
an_event = st.tuples(
    st.sampled_from(["buy", "part", "close"]),
    st.integers(0, 2),
    an_amount,
    a_price,
    st.sampled_from(["BNB", "received"]),
)


@given(st.lists(an_event, min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
def test_I2_every_asset_adds_up_after_every_fill(
    tmp_path_factory: object, events: list[tuple[str, int, Decimal, Decimal, str]]
) -> None:
    account = Account(a_store(tmp_path_factory))
    for what, which, quantity, price, fee in events:
        if what == "buy":
            account.trade(which, Side.BUY, quantity, price, fee)
        elif what == "part" and account.held(which) > quantity:
            account.trade(which, Side.SELL, quantity, price, fee)
        elif what == "close":
            account.sell_all_but_dust(which, price, fee)
        adds_up(account)
    account.store.close()


def adds_up(account: Account) -> None:
    records, bots = account.records, SqlBots(account.store).all()
    wallet = {asset: Balance(amount) for asset, amount in account.wallet.items()}
    lines = statement(bots, records.totals(), wallet)
    for asset, line in lines.items():
        assert line.owned + line.rest == line.wallet == account.wallet[asset]
        assert sum(line.holders.values(), Decimal(0)) == line.owned
    # The rest is what it was, less what was given to the bots and the commissions it paid.
    assert lines["USDT"].rest == START["USDT"] - 300
    assert lines["BTC"].rest == START["BTC"]
    moved = records.moved()
    for asset, there in account.wallet.items():
        assert there - moved.get(asset, Decimal(0)) == START[asset]
    assert SqlRecords(account.store).moved() == moved


def a_store(factory: object) -> Store:
    folder: Path = factory.mktemp("statement")  # type: ignore[attr-defined]
    store = Store.locate("", folder, "paper")
    migrate(store)
    return store


def test_a_person_s_word_moves_nothing_in_the_wallet(store: Store) -> None:
    account = Account(store)
    account.trade(0, Side.BUY, Decimal("0.002"), Decimal(100), "received")
    word = Fill(
        symbol="BTCUSDT",
        trade_id=-NOW,
        order_id=-1,
        side=Side.SELL,
        price=Decimal(100),
        quantity=Decimal("0.001"),
        quote_quantity=Decimal("0.1"),
        fee=Decimal(0),
        fee_asset="USDT",
        time=NOW,
    )
    before = SqlRecords(store).moved()
    account.journals[0].book([FillBooked(word, ExitReason.OUTSIDE)])

    assert SqlRecords(store).moved() == before


def test_a_deleted_bot_s_trades_stay_in_what_was_moved(store: Store) -> None:
    account = Account(store)
    account.trade(0, Side.BUY, Decimal("0.002"), Decimal(100), "received")
    SqlBots(store).delete(account.bots[0].id)

    assert SqlRecords(store).moved()["BTC"] == Decimal("0.001998")


def test_what_was_moved_follows_books_that_were_replaced(store: Store) -> None:
    account = Account(store)
    account.trade(0, Side.BUY, Decimal("0.002"), Decimal(100), "received")
    bot, journal = account.bots[0], account.journals[0]
    assert account.records.moved()["BTC"] == Decimal("0.001998")
    leases = the_leases(store)
    leases.release(journal._lease)
    lease = leases.acquire(bot.id, PROCESSES.here("rebuild"), NOW)
    account.records.moved()
    (booked,) = journal.entries()
    told = FillBooked(replace(booked.fill, quantity=Decimal("0.003"), fee=Decimal(0)))

    replace_books(store, bot, lease, [told], [], lease.epoch, NOW)

    assert account.records.moved() == SqlRecords(store).moved()
    assert account.records.moved()["BTC"] == Decimal("0.003")
