"""What fills cost: by whose rates, in which asset, and where it is told."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.exchange.bench import Bench, order
from tests.exchange.desk import BUY, LIMIT, Desk
from tests.exchange.fixed_market import BTCUSDT, FixedMarket
from tradefleet.domain.errors import InputError
from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange.account_files import account_fields
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.fee_terms import FeeTerms, Rates
from tradefleet.exchange.books.orders import Trade

BNBUSDT = replace(BTCUSDT, symbol="BNBUSDT", base="BNB")
BNBBTC = replace(BTCUSDT, symbol="BNBBTC", base="BNB", quote="BTC")
BTCEUR = replace(BTCUSDT, symbol="BTCEUR", quote="EUR")
EURUSDT = replace(BTCUSDT, symbol="EURUSDT", base="EUR")
ALL_RATES = FeeTerms(
    standard=Rates(*map(Decimal, ("0.001", "0.002", "0.0003", "0.0004"))),
    special=Rates(*map(Decimal, ("0.01", "0.02", "0.03", "0.04"))),
    tax=Rates(*map(Decimal, ("0.0001", "0.0002", "0.0003", "0.0004"))),
)
IN_BNB = FeeTerms(in_bnb=True)


class Counter(Bench):
    """An account with terms of its own, on markets where everything costs 100."""

    def __init__(self, terms: FeeTerms, *instruments, **balances: str) -> None:
        market = FixedMarket(continuous=True, instruments=instruments or (BTCUSDT, BNBUSDT))
        super().__init__(market)
        self.account = self.open_account(terms, **balances)

    def trade(self, side: Side, quantity: str = "1", symbol: str = "BTCUSDT") -> Trade:
        ticket = replace(order(side, OrderType.MARKET, quantity), symbol=symbol)
        placed = self.place(ticket)
        (trade,) = self.books.orders(self.account.uid).trades_of(placed.id)
        return trade


@pytest.mark.parametrize(
    ("side", "asset", "fee"),
    [
        # (0.002 + 0.0003) + (0.02 + 0.03) + (0.0002 + 0.0003) of one BTC
        (Side.BUY, "BTC", "0.0528"),
        # (0.002 + 0.0004) + (0.02 + 0.04) + (0.0002 + 0.0004) of 100 USDT
        (Side.SELL, "USDT", "6.3"),
    ],
)
def test_rates_of_role_and_side_and_all_three_kinds_are_added_up(side, asset, fee):
    bench = Counter(ALL_RATES, USDT="1000", BTC="2")

    trade = bench.trade(side)

    assert (trade.fee, trade.fee_asset) == (Decimal(fee), asset)


def test_a_maker_pays_a_makers_rates():
    bench = Counter(ALL_RATES, USDT="1000")
    bench.place(order(Side.BUY, OrderType.LIMIT, "1", price="90"))
    bench.move("90")

    (trade,) = bench.books.orders(bench.account.uid).trades("BTCUSDT")
    assert trade.fee == Decimal("0.0417")


def test_fees_are_cut_to_eight_decimals():
    bench = Counter(FeeTerms(standard=Rates(taker=Decimal("0.00123457"))), USDT="1000")

    assert bench.trade(Side.BUY, "0.12345").fee == Decimal("0.00015240")


@pytest.mark.parametrize("side", list(Side))
def test_paid_in_bnb_a_quarter_is_taken_off_at_the_present_price(side):
    bench = Counter(IN_BNB, USDT="1000", BTC="2", BNB="1")

    trade = bench.trade(side)

    assert (trade.fee, trade.fee_asset) == (Decimal("0.00075"), "BNB")
    assert bench.free("BNB") == Decimal("0.99925")


def test_the_discount_is_taken_off_the_standard_part_alone():
    bench = Counter(replace(ALL_RATES, in_bnb=True), USDT="1000", BNB="1")

    # 0.0023 * 0.75 + 0.05 + 0.0005
    assert bench.trade(Side.BUY).fee == Decimal("0.052225")


def test_the_discount_is_configurable():
    bench = Counter(replace(IN_BNB, discount=Decimal("0.75")), USDT="1000", BNB="1")

    assert bench.trade(Side.BUY).fee == Decimal("0.00025")


def test_where_there_is_too_little_bnb_the_whole_fee_is_of_what_was_received_fill_by_fill():
    bench = Counter(IN_BNB, USDT="1000", BNB="0.0008")

    fees = [(trade.fee, trade.fee_asset) for trade in (bench.trade(Side.BUY) for _ in range(2))]

    assert fees == [(Decimal("0.00075"), "BNB"), (Decimal("0.001"), "BTC")]
    assert bench.free("BNB") == Decimal("0.00005")


def test_one_order_may_pay_in_both():
    bench = Bench(FixedMarket(instruments=(BTCUSDT, BNBUSDT)))
    bench.account = bench.open_account(IN_BNB, USDT="1000", BNB="0.0008")

    placed = bench.place(order(Side.BUY, OrderType.MARKET, "2"))

    trades = bench.books.orders(bench.account.uid).trades_of(placed.id)
    assert [trade.fee_asset for trade in trades] == ["BNB", "BTC"]


def test_bnb_that_was_just_bought_can_pay():
    bench = Counter(IN_BNB, USDT="1000")

    trade = bench.trade(Side.BUY, symbol="BNBUSDT")

    assert (trade.fee, trade.fee_asset) == (Decimal("0.00075"), "BNB")
    assert bench.free("BNB") == Decimal("0.99925")


def test_who_sells_all_bnb_pays_in_what_was_received():
    bench = Counter(IN_BNB, BNB="1")

    trade = bench.trade(Side.SELL, symbol="BNBUSDT")

    assert (trade.fee, trade.fee_asset) == (Decimal("0.1"), "USDT")


@pytest.mark.parametrize(
    ("instruments", "symbol", "asset"),
    [
        ((BNBBTC,), "BNBBTC", "BNB"),
        ((BTCUSDT,), "BTCUSDT", "BTC"),  # nobody knows what a BNB costs
        ((BTCEUR, EURUSDT, BNBUSDT), "BTCEUR", "BNB"),  # by way of USDT
    ],
)
def test_the_price_of_bnb_is_found_on_the_way_there_is(instruments, symbol, asset):
    bench = Counter(IN_BNB, *instruments, USDT="1000", BTC="1000", EUR="1000", BNB="10")

    assert bench.trade(Side.BUY, symbol=symbol).fee_asset == asset


def test_a_restart_remembers_the_terms():
    bench = Counter(replace(ALL_RATES, in_bnb=True, discount=Decimal("0.5")), USDT="1")

    books = Books()
    for record in bench.log.replay():
        books.apply(json.loads(json.dumps(record)))

    assert books.accounts.by_uid(bench.account.uid).fees == bench.account.fees


# ---------------------------------------------------------------- where it is told


def test_account_commission_and_test_orders_agree():
    desk = Desk(FixedMarket(instruments=(BTCUSDT, BNBUSDT)))
    desk.account.fees = replace(ALL_RATES, in_bnb=True)
    discount = {
        "enabledForAccount": True,
        "enabledForSymbol": True,
        "discountAsset": "BNB",
        "discount": "0.25000000",
    }

    account = desk.send("GET", "/account").json()
    told = desk.send("GET", "/account/commission", symbol="BTCUSDT").json()
    buyer = desk.send("POST", "/order/test", **LIMIT, computeCommissionRates="true").json()

    assert account["makerCommission"] == 10
    assert account["takerCommission"] == 20
    assert (account["buyerCommission"], account["sellerCommission"]) == (3, 4)
    assert account["commissionRates"] == told["standardCommission"]
    assert told["specialCommission"]["seller"] == "0.04000000"
    assert told["taxCommission"]["maker"] == "0.00010000"
    assert told["discount"] == buyer["discount"] == discount
    assert buyer["standardCommissionForOrder"] == {"maker": "0.00130000", "taker": "0.00230000"}
    assert buyer["specialCommissionForOrder"] == {"maker": "0.04000000", "taker": "0.05000000"}
    assert buyer["taxCommissionForOrder"] == {"maker": "0.00040000", "taker": "0.00050000"}


def test_fills_trades_and_reports_tell_the_asset_that_was_paid():
    desk = Desk(FixedMarket(instruments=(BTCUSDT, BNBUSDT)))
    desk.account.fees = IN_BNB
    desk.venue.engine.deposit(desk.account, "BNB", Decimal(1))

    placed = desk.send("POST", "/order", **BUY).json()
    trades = desk.send("GET", "/myTrades", symbol="BTCUSDT").json()

    (fill,) = placed["fills"]
    assert fill["commissionAsset"] == trades[0]["commissionAsset"] == "BNB"
    assert fill["commission"] == trades[0]["commission"]


# ---------------------------------------------------------------- as written down


def test_an_account_as_written_down_may_name_its_terms():
    row = {
        "key": "k",
        "secret": "s",
        "commission": {"maker": "0.0002", "taker": "0.0004"},
        "pay_fees_in_bnb": True,
        "bnb_discount": "0.1",
    }

    terms = account_fields(row).fees

    assert terms.standard == Rates(maker=Decimal("0.0002"), taker=Decimal("0.0004"))
    assert (terms.in_bnb, terms.discount) == (True, Decimal("0.1"))
    assert account_fields({"key": "k", "secret": "s"}).fees == FeeTerms()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"commission": "0.001"}, "commission"),
        ({"commission": {"broker": "0.001"}}, "commission"),
        ({"commission": {"maker": 0.001}}, "maker"),
        ({"commission": {"maker": "-0.001"}}, "maker"),
        ({"commission": {"maker": "1.5"}}, "maker"),
        ({"commission": {"maker": "0.000000001"}}, "maker"),
        ({"pay_fees_in_bnb": "yes"}, "pay_fees_in_bnb"),
        ({"bnb_discount": "much"}, "bnb_discount"),
    ],
)
def test_terms_that_cannot_be(wrong, field):
    with pytest.raises(InputError) as refused:
        account_fields({"key": "k", "secret": "s"} | wrong)

    assert refused.value.field == field
