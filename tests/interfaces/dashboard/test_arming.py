"""Real money: a bot is armed, not switched on."""

from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.interfaces.dashboard.world import NOW, TOKEN, World
from tradefleet.domain.bot import Wish
from tradefleet.domain.candle import DAY, MINUTE

BEARER = {"Authorization": f"Bearer {TOKEN}"}
GOOD = {"symbol": "BTCUSDT", "cap": "50", "password": TOKEN}
RIGHTS = {"trade": True, "withdraw": False, "fixed_address": True, "key": "abc"}


@pytest.fixture
def live(world: World) -> FlaskClient:
    """A dashboard that runs live, with a key that may trade and nothing else."""
    world.settings = {"trading_mode": "live"}
    world.snapshots.put("rights", RIGHTS, NOW)
    world.bot()
    return world.app().test_client()


def ask(client: FlaskClient, path: str, **body: object) -> Any:
    return client.post(f"/api/{path}", json=body, headers=BEARER)


def test_C1_an_unarmed_bot_is_not_started_and_the_mend_is_said(world: World, live: FlaskClient):
    answer = ask(live, "bot/1/start")

    assert (answer.status_code, answer.json["code"]) == (409, "not_armed")
    assert "tradefleet bot arm 1" in answer.json["detail"]
    assert world.bots.get(1).wish is Wish.STOP_KEEP


def test_H22_no_bot_is_born_trading_real_money(world: World, live: FlaskClient):
    body = {"name": "B", "symbol": "BTCUSDT", "strategy": "volatile", "trade_amount": "100"}
    answer = ask(live, "create-bot", **body, start=True)

    assert answer.json["code"] == "not_armed"
    assert len(world.bots.all()) == 1


def test_an_armed_bot_starts_and_the_log_tells_who_armed_it(world: World, live: FlaskClient):
    answer = ask(live, "bot/1/arm", **GOOD)
    assert answer.status_code == 200
    assert answer.json["arming"]["expires_at"] == NOW + 30 * DAY
    assert "key" not in answer.json["arming"]

    assert ask(live, "bot/1/start").status_code == 200
    armed = next(a for a in world.activities.newest() if a.action == "arm")
    assert (armed.actor, armed.bot_id) == ("token", 1)
    assert "at most 50 a buy" in armed.detail


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"symbol": "ETHUSDT"}, "symbol"),
        ({"symbol": "btcusdt"}, "symbol"),
        ({"cap": "5"}, "cap"),
        ({"cap": "100.01"}, "cap"),
        ({"cap": "-1"}, "cap"),
        ({"cap": "NaN"}, "cap"),
        ({"days": 91}, "days"),
        ({"password": "guess"}, "password"),
    ],
)
def test_C7_what_is_typed_must_fit(
    world: World, live: FlaskClient, wrong: dict[str, object], field: str
):
    answer = ask(live, "bot/1/arm", **(GOOD | wrong))

    assert answer.status_code in (403, 422)
    assert answer.json["field"] == field
    assert world.armings.get(1) is None


def test_C7_who_was_refused_stands_in_the_audit_log_with_the_reason(
    world: World, live: FlaskClient
):
    ask(live, "bot/1/arm", **(GOOD | {"symbol": "ETHUSDT"}))
    world.snapshots.put("rights", RIGHTS | {"withdraw": True}, NOW)
    ask(live, "bot/1/arm", **GOOD)

    told = [(a.action, a.bot_id, a.actor) for a in world.activities.newest()]
    assert told == [("arm_refused", 1, "token")] * 2
    assert "may withdraw money" in world.activities.newest()[0].detail


def test_wrong_passwords_are_counted_and_written_down(world: World, live: FlaskClient):
    codes = [ask(live, "bot/1/arm", **(GOOD | {"password": "x"})).status_code for _ in range(10)]

    assert codes == [403] * 9 + [429]
    assert sum(a.action == "arm_refused" for a in world.activities.newest()) == 9


@pytest.mark.parametrize("withdraw", [True, None])
def test_C5_a_key_that_may_withdraw_is_refused_unless_a_reason_is_typed(
    world: World, live: FlaskClient, withdraw: bool | None
):
    world.snapshots.put("rights", RIGHTS | {"withdraw": withdraw}, NOW)

    for reason in ("", "because", " " * 40):
        answer = ask(live, "bot/1/arm", **GOOD, reason=reason)
        assert (answer.status_code, answer.json["code"]) == (409, "key_refused")
    why = "a test account with ten dollars"
    assert ask(live, "bot/1/arm", **GOOD, reason=why).status_code == 200
    assert why in world.activities.newest()[0].detail


def test_C4_a_key_without_the_right_to_trade_is_refused(world: World, live: FlaskClient):
    world.snapshots.put("rights", RIGHTS | {"trade": False}, NOW)
    assert ask(live, "bot/1/arm", **GOOD, reason="no matter what").json["code"] == "key_refused"


def test_C4_a_key_that_works_from_anywhere_is_warned_of(world: World, live: FlaskClient):
    world.snapshots.put("rights", RIGHTS | {"fixed_address": False}, NOW)
    assert "any address" in ask(live, "bot/1/arm", **GOOD).json["warning"]


@pytest.mark.parametrize("age", [None, 21 * MINUTE])
def test_C2_a_key_nobody_has_looked_at_lately_arms_nothing(world: World, age: int | None):
    world.settings = {"trading_mode": "live"}
    world.bot()
    if age is not None:
        world.snapshots.put("rights", RIGHTS, NOW - age)

    answer = ask(world.app().test_client(), "bot/1/arm", **GOOD)
    assert answer.json["code"] == "rights_unknown"


def test_C3_another_key_than_the_one_it_was_armed_for_ends_it(world: World, live: FlaskClient):
    ask(live, "bot/1/arm", **GOOD)
    world.snapshots.put("rights", RIGHTS | {"key": "another"}, NOW)

    assert "another key" in ask(live, "bot/1/start").json["detail"]


@pytest.mark.parametrize(
    "change",
    [{"stop_loss": "3"}, {"trade_amount": "90"}, {"every": "30m"}, {"name": "Another"}],
)
def test_any_change_of_a_bot_disarms_it(world: World, live: FlaskClient, change: dict[str, object]):
    ask(live, "bot/1/arm", **GOOD)
    assert ask(live, "bot/1/update", **change).status_code == 200

    assert ask(live, "bot/1/start").json["code"] == "not_armed"
    assert live.get("/api/bot/1/details", headers=BEARER).json["arming"] is None
    told = [activity.action for activity in world.activities.newest()]
    assert told[:3] == ["disarm", "update", "arm"]


def test_an_arming_expires(world: World, live: FlaskClient):
    ask(live, "bot/1/arm", **GOOD, days=1)
    world.clock.at += DAY
    assert "expired" in ask(live, "bot/1/start").json["detail"]


def test_a_bot_is_disarmed_by_hand(world: World, live: FlaskClient):
    ask(live, "bot/1/arm", **GOOD)
    assert ask(live, "bot/1/disarm").json["disarmed"] is True
    assert ask(live, "bot/1/disarm").json["disarmed"] is False
    assert world.armings.get(1) is None


def test_pretended_money_needs_no_arming(world: World):
    world.bot()
    client = world.app().test_client()
    assert ask(client, "bot/1/arm", **GOOD).status_code == 422
    assert ask(client, "bot/1/start").status_code == 200


def test_a_bot_that_is_deleted_is_disarmed(world: World, live: FlaskClient):
    ask(live, "bot/1/arm", **GOOD)
    live.delete("/api/bot/1", json={"disposition": "refuse"}, headers=BEARER)
    assert world.armings.get(1) is None
    assert Decimal(GOOD["cap"]) == 50
