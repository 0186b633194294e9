"""The hub learns from the paper exchange which market it plays."""

import httpx2
import pytest

from tests.contracts.desk import BuiltIn
from tradefleet.adapters.paper_market import PaperMarket
from tradefleet.domain.errors import ExchangeUnavailableError


def test_our_own_exchange_says_which_market_it_plays_and_that_prices_move() -> None:
    with BuiltIn() as exchange:
        market = PaperMarket("http://127.0.0.1", exchange.client)
        assert market.look() == {"kind": "synthetic", "frozen_since": 0}


@pytest.mark.parametrize("answer", [httpx2.Response(404), httpx2.Response(200, json=[])])
def test_an_exchange_that_does_not_tell_is_unavailable(answer: httpx2.Response) -> None:
    client = httpx2.Client(transport=httpx2.MockTransport(lambda _: answer))
    with client, pytest.raises(ExchangeUnavailableError):
        PaperMarket("http://127.0.0.1", client).look()
