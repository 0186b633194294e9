"""Candles fetched into the catalogue: whole months and days of dumps, the rest over REST.

Nothing is fetched twice: a period that lacks nothing, and a dump that was taken once, is passed
over. Each part is kept as soon as it is there, so that a run that ends early loses nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

import numpy as np

from tradefleet.domain.candle import DAY, Times, interval_ms
from tradefleet.domain.errors import DataError, ExchangeUnavailableError
from tradefleet.domain.recording import Recording

# A month's dump comes a few days after its end; until then there are those of its days.
DAILY_FOR_MS = 70 * DAY
TRIES = 4
LONGEST_WAIT_S = 90.0

T = TypeVar("T")


class Dumps(Protocol):
    """Files of one month or day each."""

    def fetch(self, symbol: str, interval: str, period: str) -> Recording | None:
        """Return the candles of a month (`2024-01`) or day (`2024-01-31`).

        Returns:
            None where there is no such file.

        Raises:
            ExchangeUnavailableError: no answer.
            DataError: the file is not what its checksum says, or cannot be true.
        """


class Klines(Protocol):
    """Candles by request, a page at a time."""

    @property
    def name(self) -> str:
        """Where they come from, for people."""

    def page(
        self, symbol: str, interval: str, start: int, end: int
    ) -> tuple[Recording | None, int]:
        """Return the first closed candles that open from `start` on and before `end`.

        Returns:
            The candles, None if there are none; and where the next page begins, `end` if nowhere.

        Raises:
            ExchangeUnavailableError: no answer, or too many requests.
            InputError: there is no such symbol.
            DataError: the candles cannot be true.
        """


class Done(Protocol):
    """What keeping candles changed."""

    @property
    def added(self) -> int:
        """Candles that were not there."""

    @property
    def conflicts(self) -> int:
        """Candles that were there with other figures; those stay."""

    @property
    def first_conflict(self) -> int | None:
        """Open time of the first of them."""


class Shelf(Protocol):
    """Where candles are kept."""

    def add(self, recording: Recording, source: str) -> Done:
        """Keep candles."""

    def times(self, symbol: str, interval: str, start: int, end: int) -> Times:
        """Return the open times that are kept, `start <= t < end`."""

    def sources(self, symbol: str, interval: str) -> Mapping[str, Any]:
        """Return where candles came from, by name."""


@dataclass(frozen=True, slots=True)
class Step:
    """One part that came.

    Attributes:
        source: the dump's file name, or the address.
        rows: candles in it.
        last: open time of the last of them.
        added, conflicts, first_conflict: as of `Done`.
    """

    source: str
    rows: int
    last: int
    added: int
    conflicts: int
    first_conflict: int | None


@dataclass(frozen=True, slots=True)
class Order:
    """What to download: candles of `start <= open time < end`, UTC milliseconds."""

    symbol: str
    interval: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, `begin <= open time < end`; a month and a day have a name."""

    name: str
    begin: int
    end: int

    @property
    def is_month(self) -> bool:
        """Whether it is a month, `2024-01`, and no day."""
        return len(self.name) == len("2024-01")

    def within(self, other: "Period") -> "Period":
        """Return the part of it that lies in another one."""
        return Period(self.name, max(self.begin, other.begin), min(self.end, other.end))


class Download:
    """Fetches one order after another.

    Attributes:
        troubles: why dumps were passed over, if they were.
    """

    def __init__(
        self,
        shelf: Shelf,
        dumps: Dumps | None,
        klines: Klines | None,
        now: int,
        sleep: Callable[[float], None],
    ) -> None:
        """Prepare.

        Args:
            shelf: where to keep the candles.
            dumps: asked first; None = everything over REST.
            klines: asked for what the dumps lack; None = that stays missing.
            now: UTC milliseconds; candles that have not closed by then are not wanted.
            sleep: waits, seconds.
        """
        self._shelf = shelf
        self._dumps = dumps
        self._klines = klines
        self._now = now
        self._sleep = sleep
        self.troubles: list[str] = []

    def run(self, order: Order) -> Iterator[Step]:
        """Fetch what is missing, and yield each part when it is kept.

        Raises:
            ExchangeUnavailableError: nobody answers; what came until then is kept.
            InputError: there is no such symbol.
            DataError: what came cannot be true.
        """
        length = interval_ms(order.interval)
        wanted = Period("", order.start, min(order.end, self._now // length * length))
        left: list[Period] = []
        for month in months(wanted):
            yield from self._period(order, month, wanted, left)
        if self._klines is not None:
            for stretch in joined(left):
                yield from self._pages(order, stretch, self._klines)

    def _period(
        self, order: Order, period: Period, wanted: Period, left: list[Period]
    ) -> Iterator[Step]:
        """Take the dump of a month or a day; what there is none of is added to `left`."""
        part = period.within(wanted)
        if not self._missing(order, part) or self._was_taken(order, period):
            return
        if period.end <= self._now and (found := self._dump(order, period.name)) is not None:
            yield self._keep(found, _file(order, period))
        elif period.is_month and self._may_have_days(order, period):
            for day in days(part):
                yield from self._period(order, day, wanted, left)
        else:
            left.append(part)

    def _pages(self, order: Order, stretch: Period, klines: Klines) -> Iterator[Step]:
        for start, end in self._missing(order, stretch):
            while start < end:
                ask = partial(klines.page, order.symbol, order.interval, start, end)
                found, start = self._patiently(ask)
                if found is not None:
                    yield self._keep(found, klines.name)

    def _dump(self, order: Order, name: str) -> Recording | None:
        """Return a dump's candles; None where there is none, or nobody to ask any more."""
        if self._dumps is None:
            return None
        try:
            return self._patiently(partial(self._dumps.fetch, order.symbol, order.interval, name))
        except (ExchangeUnavailableError, DataError) as error:
            if self._klines is None:
                raise
            self.troubles.append(str(error))
            if isinstance(error, ExchangeUnavailableError):
                self._dumps = None
            return None

    def _keep(self, recording: Recording, source: str) -> Step:
        done = self._shelf.add(recording, source)
        rows, last = len(recording.candles), int(recording.candles.open_time[-1])
        return Step(source, rows, last, done.added, done.conflicts, done.first_conflict)

    def _missing(self, order: Order, part: Period) -> list[tuple[int, int]]:
        times = self._shelf.times(order.symbol, order.interval, part.begin, part.end)
        return missing(times, part.begin, part.end, interval_ms(order.interval))

    def _was_taken(self, order: Order, period: Period) -> bool:
        return _file(order, period) in self._shelf.sources(order.symbol, order.interval)

    def _may_have_days(self, order: Order, month: Period) -> bool:
        """Whether it is worth asking for a month's days; longer candles have none."""
        is_recent = self._now - month.end < DAILY_FOR_MS
        return self._dumps is not None and is_recent and interval_ms(order.interval) <= DAY

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Ask again where nobody answered or too much was asked, a few times."""
        for attempt in range(TRIES - 1):
            try:
                return ask()
            except ExchangeUnavailableError as error:
                wait_s = error.retry_after_ms / 1_000 or 2.0**attempt
                if wait_s > LONGEST_WAIT_S:
                    raise
                self._sleep(wait_s)
        return ask()


def missing(times: Times, begin: int, end: int, length: int) -> list[tuple[int, int]]:
    """Return the stretches between ascending open times in which candles could open."""
    edges = np.concatenate(([begin - length], times, [end]))
    holes = np.flatnonzero(np.diff(edges) >= 2 * length)
    return [(int(edges[place]) + length, int(edges[place + 1])) for place in holes]


def months(wanted: Period) -> Iterator[Period]:
    """Yield the months that a period touches."""
    begin = np.datetime64(wanted.begin, "ms").astype("datetime64[M]")
    while _ms(begin) < wanted.end:
        yield Period(str(begin), _ms(begin), _ms(begin + 1))
        begin += 1


def days(wanted: Period) -> Iterator[Period]:
    """Yield the days that a period touches."""
    for begin in range(wanted.begin // DAY * DAY, wanted.end, DAY):
        yield Period(str(np.datetime64(begin, "ms").astype("datetime64[D]")), begin, begin + DAY)


def joined(parts: Iterable[Period]) -> Iterator[Period]:
    """Yield parts, ascending; those that follow each other as one."""
    before: Period | None = None
    for part in parts:
        if before is not None and before.end == part.begin:
            before = Period("", before.begin, part.end)
            continue
        if before is not None:
            yield before
        before = part
    if before is not None:
        yield before


def _file(order: Order, period: Period) -> str:
    return f"{order.symbol}-{order.interval}-{period.name}.zip"


def _ms(at: Any) -> int:
    return int(at.astype("datetime64[ms]").astype(np.int64))
