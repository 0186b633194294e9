"""What clients ask around the spot API before they trade."""

from typing import Any

import pytest

from tests.exchange.desk import KEY, Desk


def ask(desk: Desk, path: str, **params: str) -> Any:
    return desk.client.get(f"{path}?{desk.query(params)}", headers={"X-MBX-APIKEY": KEY})


def test_all_coins_are_told_with_what_the_account_has_of_them():
    coins = {coin["coin"]: coin for coin in ask(Desk(), "/sapi/v1/capital/config/getall").json()}

    assert (coins["BTC"]["free"], coins["BTC"]["locked"]) == ("10.00000000", "0.00000000")
    assert not any(coin["withdrawAllEnable"] or coin["networkList"] for coin in coins.values())


def test_fees_are_told_of_one_symbol_and_of_all():
    desk = Desk()

    (one,) = ask(desk, "/sapi/v1/asset/tradeFee", symbol="BTCUSDT").json()
    every = ask(desk, "/sapi/v1/asset/tradeFee").json()

    assert one["takerCommission"] == "0.00100000"
    assert {row["symbol"] for row in every} == set(desk.venue.engine.instruments)
    assert ask(desk, "/sapi/v1/asset/tradeFee", symbol="NOPE").json()["code"] == -1121


def test_a_key_may_trade_as_its_account_may_and_never_withdraw():
    desk = Desk()
    before = ask(desk, "/sapi/v1/account/apiRestrictions").json()
    desk.account.permissions = ()
    after = ask(desk, "/sapi/v1/account/apiRestrictions").json()

    assert (before["enableSpotAndMarginTrading"], after["enableSpotAndMarginTrading"]) == (
        True,
        False,
    )
    assert not before["enableWithdrawals"]


def test_C5_a_key_may_be_one_that_a_careful_client_refuses():
    desk = Desk()
    desk.account.permissions = ("SPOT", "WITHDRAW")

    assert ask(desk, "/sapi/v1/account/apiRestrictions").json()["enableWithdrawals"]
    assert ask(desk, "/api/v3/account").json()["permissions"] == ["SPOT"]


@pytest.mark.parametrize("path", ["/sapi/v1/margin/allPairs", "/sapi/v1/margin/isolated/allPairs"])
def test_nothing_trades_on_margin(path: str):
    assert ask(Desk(), path).json() == []


@pytest.mark.parametrize("path", ["/fapi/v1/exchangeInfo", "/dapi/v1/exchangeInfo"])
def test_there_are_no_futures(path: str):
    assert Desk().client.get(path).json()["symbols"] == []


def test_what_is_not_there_is_named_whole():
    assert Desk().client.get("/sapi/v1/margin/loan").json() == {
        "code": -1020,
        "msg": "There is no /sapi/v1/margin/loan.",
    }
