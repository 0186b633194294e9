"""A bot's own money is a fold over its fills."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tradefleet.domain.instrument import Instrument
from tradefleet.domain.ledger import DustBooked, FillBooked, Ledger, replay
from tradefleet.domain.order import Fill, Side
from tradefleet.domain.position import ExitReason

BTCUSDT = Instrument("BTCUSDT", "BTC", "USDT", lot_step=Decimal("0.00001"))


def a_fill(side: Side, quantity: str, price: str, fee: str = "0", asset: str = "") -> FillBooked:
    amount, at = Decimal(quantity), Decimal(price)
    fee_asset = asset or ("BTC" if side is Side.BUY else "USDT")
    value = Decimal(fee) * (at if fee_asset == "BTC" else Decimal(600) if asset == "BNB" else 1)
    fill = Fill(
        "BTCUSDT", 1, 1, side, at, amount, amount * at, Decimal(fee), fee_asset, 1_000, value
    )
    return FillBooked(fill)


def after(*entries: FillBooked | DustBooked, budget: str = "100") -> Ledger:
    return replay(BTCUSDT, Decimal(budget), entries)


def test_a_hundred_sold_for_a_hundred_and_five_buys_for_a_hundred_and_five() -> None:
    ledger = after(a_fill(Side.BUY, "0.002", "50000"), a_fill(Side.SELL, "0.002", "52500"))

    assert ledger.cash == Decimal(105)
    assert ledger.profit == Decimal(5)


def test_A7_a_buys_base_commission_makes_the_lot_smaller() -> None:
    ledger = after(a_fill(Side.BUY, "0.002", "50000", "0.000002"))

    assert ledger.position.quantity == Decimal("0.001998")
    assert ledger.position.cost == Decimal(100)
    assert ledger.position.entry_price == Decimal(50000)
    assert ledger.cash == 0


def test_a_round_trip_at_the_same_price_loses_both_commissions() -> None:
    ledger = after(
        a_fill(Side.BUY, "0.002", "50000", "0.000002"),
        a_fill(Side.SELL, "0.001998", "50000", "0.0999"),
    )

    assert ledger.profit == Decimal("-0.1999")
    assert ledger.cash == Decimal("99.8001")
    assert ledger.fees == Decimal("0.1999")


def test_A8_commission_in_bnb_counts_in_the_profit_and_leaves_the_cash_alone() -> None:
    ledger = after(
        a_fill(Side.BUY, "0.002", "50000", "0.0001", "BNB"), a_fill(Side.SELL, "0.002", "50000")
    )

    assert ledger.cash == Decimal(100)
    assert ledger.profit == Decimal("-0.06")


def test_A9_what_cannot_be_sold_is_booked_as_dust_and_the_trade_is_closed() -> None:
    ledger = after(
        a_fill(Side.BUY, "0.0020001", "50000"), a_fill(Side.SELL, "0.002", "50000"), DustBooked(2)
    )

    assert not ledger.position.is_open
    assert ledger.dust == Decimal("0.0000001")
    assert [trade.exit_reason for trade in ledger.trades] == [ExitReason.SIGNAL]


def test_dust_that_is_gone_leaves_the_books_without_a_trade() -> None:
    gone = a_fill(Side.SELL, "0.0000001", "0")
    ledger = after(
        a_fill(Side.BUY, "0.0020001", "50000"),
        a_fill(Side.SELL, "0.002", "50000"),
        DustBooked(2),
        FillBooked(gone.fill, ExitReason.WRITTEN_OFF),
    )

    assert (ledger.dust, len(ledger.trades)) == (0, 1)


def test_coins_that_are_written_off_close_the_trade_at_a_loss() -> None:
    gone = FillBooked(a_fill(Side.SELL, "0.002", "0").fill, ExitReason.WRITTEN_OFF)
    ledger = after(a_fill(Side.BUY, "0.002", "50000"), gone)

    assert (ledger.cash, ledger.profit, ledger.base) == (0, -100, 0)


def test_A9_the_next_position_absorbs_the_dust() -> None:
    ledger = after(
        a_fill(Side.BUY, "0.0020001", "50000"),
        a_fill(Side.SELL, "0.002", "50000"),
        DustBooked(2),
        a_fill(Side.BUY, "0.001", "50000"),
    )

    assert ledger.position.quantity == Decimal("0.0010001")
    assert ledger.dust == 0


amounts = st.decimals("0.00001", "2", places=5)
prices = st.decimals("1", "90000", places=2)
rates = st.sampled_from([Decimal(0), Decimal("0.001"), Decimal("0.00075")])


@given(st.lists(st.tuples(amounts, prices, prices, rates, st.floats(0, 1)), max_size=15))
def test_no_money_appears_or_vanishes(history: list[tuple[Decimal, ...]]) -> None:
    budget, cash, base = Decimal(1_000_000), Decimal(1_000_000), Decimal(0)
    entries: list[FillBooked | DustBooked] = []
    for quantity, bought_at, sold_at, rate, part in history:
        fee = quantity * rate
        entries.append(a_fill(Side.BUY, str(quantity), str(bought_at), str(fee)))
        cash -= quantity * bought_at
        base += quantity - fee
        sold = BTCUSDT.floor_quantity(base * Decimal(str(part)))
        if sold:
            quote_fee = sold * sold_at * rate
            entries.append(a_fill(Side.SELL, str(sold), str(sold_at), str(quote_fee)))
            cash += sold * sold_at - quote_fee
            base -= sold
        entries.append(DustBooked(3))

    ledger = replay(BTCUSDT, budget, entries)

    assert ledger.cash == cash
    assert ledger.base == base
    assert not ledger.position.is_open
    assert ledger.profit == cash - budget
