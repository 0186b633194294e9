"""What a key may do, asked of an exchange that tells it and of one that does not."""

from typing import Any

import httpx2
import pytest

from tradefleet.adapters.binance.access import rights
from tradefleet.adapters.binance.budget import Budget
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.rest import Rest
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.domain.errors import AccessDeniedError
from tradefleet.ports.exchange import Rights

GOOD = {"enableSpotAndMarginTrading": True, "enableWithdrawals": False, "ipRestrict": True}


def a_client(answers: dict[str, Any], status: int = 200) -> Rest:
    def answer(request: httpx2.Request) -> httpx2.Response:
        told = answers.get(request.url.path)
        return httpx2.Response(404) if told is None else httpx2.Response(status, json=told)

    clock = ExchangeClock()
    clock.adopt(clock.base_ms)
    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    return Rest("https://there", clock, Budget(clock), Credentials("k", "s"), http)


def an_exchange(can_trade: bool, **restrictions: bool) -> Rest:
    answers: dict[str, Any] = {"/api/v3/account": {"canTrade": can_trade}}
    if restrictions:
        answers["/sapi/v1/account/apiRestrictions"] = restrictions
    return a_client(answers)


def test_only_binance_itself_is_asked_for_a_keys_restrictions() -> None:
    assert rights(an_exchange(True, **GOOD), live=False) == Rights(True, None, None)
    assert rights(an_exchange(True, **GOOD), live=True) == Rights(True, False, True)


def test_a_key_that_may_withdraw_from_anywhere_is_seen() -> None:
    bad = GOOD | {"enableWithdrawals": True, "ipRestrict": False}
    assert rights(an_exchange(True, **bad), live=True) == Rights(True, True, False)


@pytest.mark.parametrize(("account", "key"), [(False, True), (True, False)])
def test_both_the_account_and_the_key_must_be_allowed_to_trade(account: bool, key: bool) -> None:
    may = rights(an_exchange(account, **GOOD | {"enableSpotAndMarginTrading": key}), live=True)
    assert not may.trade


def test_where_the_restrictions_cannot_be_read_they_are_unknown() -> None:
    assert rights(an_exchange(True), live=True) == Rights(True, None, None)


def test_a_key_that_is_not_accepted_is_an_access_error() -> None:
    refused = {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}
    with pytest.raises(AccessDeniedError):
        rights(a_client({"/api/v3/account": refused}, status=401), live=True)
