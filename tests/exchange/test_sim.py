"""The control face."""

import pytest
from starlette.testclient import TestClient

from tests.exchange.desk import BUY, LIMIT, Desk


def test_a_price_happens_now_and_the_orders_have_reacted():
    desk = Desk()
    desk.send("POST", "/order", **LIMIT)

    answer = desk.client.post("/sim/price?symbol=BTCUSDT&price=90")

    assert answer.json()["price"] == "90.00000000"
    assert desk.send("GET", "/order", symbol="BTCUSDT", orderId=1).json()["status"] == "FILLED"


def test_time_passes_only_when_told():
    desk = Desk()
    before = desk.get("/time").json()["serverTime"]

    assert desk.client.post("/sim/advance?ms=5000").json() == {"serverTime": before + 5_000}


def test_money_is_deposited_and_taken():
    desk = Desk()

    answer = desk.client.post("/sim/balance?asset=USDT&free=5").json()

    assert answer["balances"]["USDT"] == {"free": "5.00000000", "locked": "0.00000000"}
    assert desk.send("POST", "/order", **BUY).json()["code"] == -2010


def test_an_account_is_opened_once():
    desk = Desk()
    account = {"key": "second", "secret": "s", "balances": {"BTC": "1"}}

    assert desk.client.post("/sim/account", json=account).json()["uid"] == 2
    assert desk.client.post("/sim/account", json=account).status_code == 400
    assert len(desk.client.get("/sim/state").json()["accounts"]) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"key": "k", "secret": ""},
        {"key": "k", "type": "DSA", "secret": "s"},
        {"key": "k", "type": "RSA", "public_key": "rubbish"},
        {"key": "k", "secret": "s", "balances": {"USDT": 1.5}},
        {"key": "k", "secret": "s", "balances": {"USDT": "-1"}},
        {"key": "k", "secret": "s", "colour": "red"},
        [],
    ],
)
def test_a_wrong_account_is_refused(body):
    assert Desk().client.post("/sim/account", json=body).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://127.0.0.1:5001"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example:5002"},
    ],
)
def test_web_pages_control_nothing(headers):
    answer = Desk().client.post("/sim/price?symbol=BTCUSDT&price=1", headers=headers)

    assert answer.status_code == 403


def test_other_machines_control_nothing():
    desk = Desk()
    stranger = TestClient(desk.app, base_url="http://127.0.0.1", client=("10.0.0.7", 50_000))

    assert stranger.get("/sim/state").status_code == 403
    assert stranger.get("/api/v3/ping").status_code == 200
