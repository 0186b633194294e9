"""The tape keeps every closed candle bots asked for, in few writes."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.application.test_hub import NOW, FixedClock, World
from tests.application.test_hub_feeds import rows
from tests.markets import random_market
from tradefleet.adapters.candles.catalogue import Catalogue
from tradefleet.adapters.candles.tape import TapeFolder
from tradefleet.application.hub.tape import AT_ONCE, Tape
from tradefleet.domain.candle import DAY, HOUR, MINUTE
from tradefleet.domain.errors import DataError

BEGIN = NOW // MINUTE * MINUTE


async def at_once(function: Callable[[], Any]) -> Any:
    return function()


@dataclass
class Shelf:
    written: list[list[int]] = field(default_factory=list)
    forgotten: list[int] = field(default_factory=list)
    broken: bool = False

    def keep(self, symbol: str, interval: str, kept: Sequence[Any]) -> None:
        if self.broken:
            raise DataError("the tape is damaged")
        self.written.append([row[0] for row in kept])

    def forget_before(self, symbol: str, interval: str, at: int) -> None:
        self.forgotten.append(at)


@dataclass
class Reel:
    """A tape of one feed, of which the test says what it holds."""

    interval: str = "1m"
    shelf: Shelf = field(default_factory=Shelf)
    clock: FixedClock = field(default_factory=FixedClock)
    held: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        fed = lambda: [("BTCUSDT", self.interval, self.held)]  # noqa: E731
        self.tape = Tape(fed, self.shelf, self.clock, 30, at_once)

    def look(self, first: int, count: int) -> None:
        """Look while the feed holds so many minutes from `first` on."""
        self.held = rows(BEGIN + first * MINUTE, count, MINUTE)
        asyncio.run(self.tape.look())


def test_the_first_look_writes_what_is_there_and_later_ones_wait_for_enough():
    reel = Reel()

    for minute in range(AT_ONCE + 5):
        reel.look(minute, 100)

    first, second = reel.shelf.written
    assert first == [BEGIN + n * MINUTE for n in range(100)]
    assert second == [BEGIN + n * MINUTE for n in range(100, 100 + AT_ONCE)]


def test_slow_candles_are_written_after_some_hours():
    reel = Reel()
    reel.look(0, 100)
    reel.look(1, 100)
    assert len(reel.shelf.written) == 1

    reel.clock.at += 6 * HOUR
    reel.look(1, 100)

    assert reel.shelf.written[1] == [BEGIN + 100 * MINUTE]


def test_what_could_not_be_written_is_written_at_the_next_look():
    reel = Reel()
    reel.shelf.broken = True
    with pytest.raises(DataError):
        reel.look(0, 100)

    reel.shelf.broken = False
    reel.look(1, 100)

    assert reel.shelf.written == [[BEGIN + n * MINUTE for n in range(1, 101)]]


def test_old_candles_are_forgotten_and_nothing_is_written_of_seconds_or_of_nothing():
    reel = Reel()
    reel.look(0, 100)
    assert reel.shelf.forgotten == [NOW - 30 * DAY]

    seconds = Reel(interval="1s")
    seconds.look(0, 100)
    seconds.look(0, 0)
    assert seconds.shelf.written == []


def test_the_hub_hands_out_what_its_feeds_hold():
    async def hold() -> World:
        world = World()
        question = {"ask": "candles", "symbol": "BTCUSDT", "interval": "1m", "count": 100}
        await world.hub.answer(question)
        return world

    ((symbol, interval, held),) = asyncio.run(hold()).hub.fed()

    assert (symbol, interval, len(held)) == ("BTCUSDT", "1m", 100)


def test_on_the_disk_it_is_a_catalogue_that_loses_what_is_too_old(tmp_path: Path):
    catalogue = Catalogue(tmp_path / "live")
    folder = TapeFolder(lambda: tmp_path / "live")
    market = random_market(1, 90, "1m")
    folder.keep("BTCUSDT", "1m", market.klines()[:50])
    folder.keep("BTCUSDT", "1m", market.klines()[40:])

    kept = catalogue.read("BTCUSDT", "1m")
    assert kept is not None
    assert kept.candles.klines() == market.klines()

    folder.forget_before("BTCUSDT", "1m", int(market.open_time[0]))
    assert catalogue.read("BTCUSDT", "1m") is not None
    folder.forget_before("BTCUSDT", "1m", int(market.open_time[0]) + 60 * DAY)
    assert catalogue.read("BTCUSDT", "1m") is None


def test_without_a_folder_nothing_is_kept(tmp_path: Path):
    folder = TapeFolder(lambda: None)

    folder.keep("BTCUSDT", "1m", rows(BEGIN, 5, MINUTE))
    folder.forget_before("BTCUSDT", "1m", BEGIN)

    assert not list(tmp_path.iterdir())
