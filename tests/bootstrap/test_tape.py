"""Each market has a tape of its own: prices of one are no prices of another."""

from pathlib import Path

import pytest

from tests.markets import random_market
from tradefleet.adapters.candles.catalogue import Catalogue
from tradefleet.bootstrap.candles import keep, kept
from tradefleet.bootstrap.installation import Installation
from tradefleet.bootstrap.tape import tape_of
from tradefleet.settings import Settings

KEY = {"binance_api_key": "k" * 64, "binance_api_secret": "s" * 64}


def made(home: Path, market: str = "live", **settings: object) -> Installation:
    found = Installation(Settings(_env_file=None, tradefleet_home=home, **settings))
    found.folder.prepare()
    found.folder.write(found.folder.market, {"market": market})
    return found


def record(found: Installation) -> list[str]:
    """Let a tape be written; return below what folders it lies."""
    tape = tape_of(found)
    assert tape is not None
    tape.shelf.keep("BTCUSDT", "1m", random_market(1, 3, "1m").klines())
    folder = found.folder.tape
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize(
    ("market", "settings", "folders"),
    [
        ("live", {}, ["live"]),
        ("live", KEY | {"trading_mode": "live"}, ["live"]),
        ("synthetic", {"paper_seed": 7}, ["synthetic-7"]),
        ("live", KEY | {"trading_mode": "testnet"}, ["testnet"]),
        ("BTCUSDT-5m-2024.parquet", {}, []),
        ("", {}, []),
    ],
)
def test_the_tape_lies_where_its_market_says(tmp_path: Path, market, settings, folders):
    assert record(made(tmp_path, market, **settings)) == folders


def test_who_wants_no_tape_gets_none(tmp_path: Path):
    assert tape_of(made(tmp_path, tape_days=0)) is None


def test_a_tape_is_listed_beside_the_catalogue_and_can_be_imported(tmp_path: Path):
    found = made(tmp_path)
    record(found)
    assert [(one.tape, one.rows) for one in kept(found.folder)] == [("live", 3)]

    (done,) = keep(found.folder, found.folder.tape / "live")

    assert (done.symbol, done.interval, done.added, done.problem) == ("BTCUSDT", "1m", 3, "")
    assert [(one.tape, one.rows) for one in kept(found.folder)] == [("", 3), ("live", 3)]
    assert kept(found.folder)[0].sources == ("live/BTCUSDT/1m/2023-11.npy",)
    before = Catalogue(found.folder.tape / "live").read("BTCUSDT", "1m")
    after = Catalogue(found.folder.candles).read("BTCUSDT", "1m")
    assert before is not None
    assert after is not None
    assert after.candles.klines() == before.candles.klines()
