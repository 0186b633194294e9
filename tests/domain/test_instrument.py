"""Orders obey the symbol's rules, and rounding never buys more or risks more."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradefleet.domain.instrument import (
    Instrument,
    ceil_to,
    floor_to,
    plain,
    round_money,
    truncate,
)

BTCUSDT = Instrument(
    "BTCUSDT",
    "BTC",
    "USDT",
    tick_size=Decimal("0.01"),
    lot_step=Decimal("0.00001"),
    min_quantity=Decimal("0.00001"),
    min_notional=Decimal(5),
)
amounts = st.decimals(0, 10**9, places=18)
steps = st.sampled_from(
    list(map(Decimal, ("0.00000001", "0.01", "0.05", "0.5", "1", "25", "0.003")))
)


@given(amounts, steps)
def test_flooring_never_goes_up_and_loses_less_than_a_step(value: Decimal, step: Decimal) -> None:
    floored = floor_to(value, step)

    assert floored <= value < floored + step
    assert floored % step == 0


@given(amounts, steps)
def test_ceiling_never_goes_down_and_adds_less_than_a_step(value: Decimal, step: Decimal) -> None:
    raised = ceil_to(value, step)

    assert raised - step < value <= raised
    assert raised % step == 0


def test_flooring_is_exact_where_a_quotient_would_not_be() -> None:
    value = Decimal("29999.99999999999999999999999")

    assert floor_to(value, Decimal("0.003")) == Decimal("29999.997")


@given(amounts)
def test_a_step_of_zero_is_no_rule(value: Decimal) -> None:
    assert floor_to(value, Decimal(0)) == value == ceil_to(value, Decimal(0))


@given(amounts)
def test_without_a_lot_step_the_assets_own_decimals_count(value: Decimal) -> None:
    free = Instrument("BTCUSDT", "BTC", "USDT")

    assert free.floor_quantity(value) == truncate(value, 8) <= value


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "BREAK"}, "its status at the exchange is BREAK"),
        ({"status": "SOMETHING_NEW"}, "SOMETHING_NEW"),
        ({"spot_allowed": False}, "may not be traded on the spot market"),
        ({"order_types": frozenset({"LIMIT"})}, "takes no market orders"),
    ],
)
def test_what_forbids_trading_is_named(changes: dict[str, object], why: str) -> None:
    halted = Instrument("BTCUSDT", "BTC", "USDT", **changes)  # type: ignore[arg-type]

    assert why in halted.why_not_tradeable()
    assert BTCUSDT.why_not_tradeable() == ""


@pytest.mark.parametrize(
    ("quantity", "price", "why"),
    [
        ("0", "50000", "the smallest lot is 0.00001 BTC, was 0"),
        ("0.00009", "50000", "the smallest order is worth 5 USDT, was 4.5"),
        ("0.0001", "49999.9999999999", "was 4.99999999"),
        ("0.0001", "50000", ""),
    ],
)
def test_an_order_too_small_is_told_with_the_numbers(quantity: str, price: str, why: str) -> None:
    said = BTCUSDT.why_too_small(Decimal(quantity), Decimal(price))

    assert said.endswith(why) if why else said == ""


def test_the_notional_rule_may_not_bind_market_orders() -> None:
    lenient = Instrument("AB", "A", "B", min_notional=Decimal(5), min_notional_for_market=False)

    assert lenient.why_too_small(Decimal(1), Decimal(1)) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [("1E-8", "0.00000001"), ("1E+3", "1000"), ("2.500", "2.5"), ("0E-8", "0"), ("100", "100")],
)
def test_numbers_are_written_plainly(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


def test_money_shown_is_cut_not_rounded() -> None:
    assert round_money(Decimal("4.999999999")) == Decimal("4.99999999")
    assert round_money(Decimal(0)) == 0
