"""How the exchange opens: new, as it was left, or not at all."""

from pathlib import Path

import pytest

from tests.exchange.fixed_market import FixedMarket
from tradefleet.domain.errors import InputError
from tradefleet.exchange.books.log import FileLog
from tradefleet.exchange.opening import Options, open_venue
from tradefleet.exchange.venue import Venue

KEYS = {"api_key": "mine", "api_secret": "secret"}


class Opened:
    def __init__(self, folder: Path, **options) -> None:
        self.said: list[str] = []
        self.market_was: tuple[int, dict | None] | None = None
        log = FileLog(folder)
        try:
            self.venue: Venue = open_venue(
                Options(state=folder, **options), log, self._market, self.said.append
            )
        finally:
            log.close()

    def _market(self, seed: int, state: dict | None) -> FixedMarket:
        self.market_was = seed, state
        return FixedMarket()

    def money(self, key: str = "mine") -> dict[str, str]:
        balances = self.venue.books.accounts.by_key(key).balances
        return {asset: str(balance.free) for asset, balance in balances.items()}


def test_a_new_account_has_ten_thousand_or_what_is_asked_for(tmp_path):
    assert Opened(tmp_path / "a", **KEYS).money() == {"USDT": "10000"}
    assert Opened(tmp_path / "b", **KEYS, balances={"BTC": 3}).money() == {"BTC": "3"}


def test_without_a_key_one_is_made_and_said_once(tmp_path):
    first, second = Opened(tmp_path), Opened(tmp_path)

    key = first.said[0].split()[-1]
    assert first.said[1].startswith("API secret")
    assert second.said == []
    assert second.money(key) == {"USDT": "10000"}


def test_an_account_and_a_market_that_exist_keep_what_they_have(tmp_path):
    Opened(tmp_path, **KEYS, seed=1)

    again = Opened(tmp_path, **KEYS, seed=2, balances={"USDT": 5})

    assert again.money() == {"USDT": "10000"}
    assert again.market_was == (1, {"time": 1_700_000_000_000, "prices": {"BTCUSDT": "100"}})
    assert [notice.split(" is ignored")[0] for notice in again.said] == ["--seed 2", "--balance"]


def test_a_memory_belongs_to_one_market(tmp_path):
    Opened(tmp_path, **KEYS)

    with pytest.raises(InputError, match="remembers the market 'synthetic'"):
        Opened(tmp_path, **KEYS, market="other.csv")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no JSON document"),
        ("[]", "expected a JSON list of accounts"),
        ('[{"key": "k"}]', "expected a secret"),
        ('[{"key": "k", "secret": "s", "balances": {"USDT": "much"}}]', "expected an asset"),
    ],
)
def test_a_wrong_file_of_accounts_is_named(tmp_path, text, complaint):
    file = tmp_path / "accounts.json"
    file.write_text(text)

    with pytest.raises(InputError, match=complaint):
        Opened(tmp_path / "state", accounts=file)


def test_a_market_goes_on_from_the_last_change_that_was_written(tmp_path):
    """Trades that orders reacted to are not handed out again after a kill."""
    Opened(tmp_path, **KEYS)
    log = FileLog(tmp_path)
    log.append({"market": {"spec": "synthetic", "seed": 1, "state": {"until": 5}}})
    log.append({"updated": [[1, 9]]})
    log.close()

    assert Opened(tmp_path, **KEYS).market_was == (1, {"until": 1_700_000_000_000})


def test_a_clock_that_ran_ahead_does_not_lead_the_market_ahead(tmp_path):
    """What was written by a skewed clock is no reason to stand still until then."""
    Opened(tmp_path, **KEYS)
    log = FileLog(tmp_path)
    log.append(
        {"market": {"spec": "synthetic", "seed": 1, "state": {"until": 5}, "skew": 3_600_000}}
    )
    log.append({"updated": [[1, 9]]})
    log.close()

    assert Opened(tmp_path, **KEYS).market_was == (1, {"until": 1_700_000_000_000 - 3_600_000})
