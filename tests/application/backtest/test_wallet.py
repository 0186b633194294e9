"""The wallet that several symbols share: what it lends, and when it lends nothing."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.application.backtest.told import bot, market, still
from tradefleet.application.backtest.setup import Setup
from tradefleet.application.backtest.wallet import Wallet
from tradefleet.domain.bot import Sizing

D = Decimal


def wallet(places: int, **terms: object) -> Wallet:
    settings = replace(bot(**terms), trade_amount=D("33.333333333333"))
    return Wallet(Setup(settings, market(*still(1))), places)


def test_each_free_place_is_lent_an_equal_part_cut_to_a_hundred_millionth():
    assert wallet(2).lend() == D("33.33333333")


def test_the_only_free_place_is_lent_all_to_the_last_digit():
    assert wallet(1).lend() == D("33.333333333333")


def test_with_fixed_sums_all_is_lent_and_the_bot_itself_stops_at_its_amount():
    assert wallet(2, sizing=Sizing.FIXED).lend() == D("66.666666666666")


@pytest.mark.parametrize("places", [1, 3])
def test_it_lends_nothing_while_every_place_is_taken(places: int):
    lender = wallet(places)
    for _ in range(places):
        lender.pay(D(10))

    assert lender.lend() is None
    lender.receive(D(11))
    assert lender.lend() == lender.cash
