"""The candles kept in the data folder: one memory-mapped file a symbol, interval and period.

candles/BTCUSDT/5m/2023.npy       a year; a month (`2023-01.npy`) of candles shorter than 5 minutes
candles/BTCUSDT/5m/sources.json   where they came from
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from tradefleet.adapters.candles.summary import Summary
from tradefleet.adapters.candles.table import (
    Merge,
    Table,
    between,
    joined,
    merged,
    read_table,
    recording_of,
    table_of,
    write_table,
)
from tradefleet.domain.candle import INTERVALS, MINUTE, Times, interval_ms
from tradefleet.domain.errors import DataError, InputError
from tradefleet.domain.recording import Recording, gaps_in

_SOURCES = "sources.json"
_MONTHLY_BELOW = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class Holding(Summary):
    """What the catalogue has of one symbol and interval.

    Attributes:
        size: bytes on the disk.
        sources: where the candles came from, the newest last.
        tape: of which market the hub recorded them; empty = they are of the catalogue.
    """

    size: int = 0
    sources: tuple[str, ...] = ()
    tape: str = ""


class Catalogue:
    """Keeps recordings; several processes may use one folder."""

    def __init__(self, folder: Path) -> None:
        """Prepare; nothing is made before something is kept.

        Args:
            folder: of the catalogue.
        """
        self.folder = folder

    def add(self, recording: Recording, source: str, *, replace: bool = False) -> Merge:
        """Merge a recording with what is kept of its symbol and interval.

        Args:
            recording: validated.
            source: where it comes from, for people.
            replace: its figures win where they differ from those kept.

        Returns:
            What was new, and what differed; its table is empty.

        Raises:
            DataError: a file of the catalogue is damaged.
            OSError: the folder cannot be written.
        """
        folder = self._room(recording.symbol, recording.interval)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        table, whole = table_of(recording), Merge({})
        with _locked(folder):
            for torn in folder.glob(".*.npy.*"):  # of a process that was killed while it wrote
                torn.unlink(missing_ok=True)
            for period, part in _by_period(table, recording.candles.interval):
                done = self._add_period(folder / f"{period}.npy", part, replace)
                whole = Merge(
                    {},
                    whole.added + done.added,
                    whole.conflicts + done.conflicts,
                    done.first_conflict if whole.first_conflict is None else whole.first_conflict,
                )
            self._note(folder, source, recording.candles.open_time)
        return whole

    def read(
        self, symbol: str, interval: str, since: int = 0, until: int | None = None
    ) -> Recording | None:
        """Return what is kept of a symbol and interval, None if nothing is.

        Args:
            symbol: such as `BTCUSDT`.
            interval: one of `INTERVALS`; nothing is made of finer candles here.
            since, until: UTC milliseconds, `since <= open time < until`.

        Raises:
            DataError: a file is damaged.
        """
        parts = []
        for path in self._files(self._room(symbol, interval)):
            begin, end = _span(path)
            if end > since and (until is None or begin < until):
                part = between(read_table(path), since, end if until is None else until)
                parts += [part] if len(part["open_time"]) else []
        return recording_of(symbol, interval, joined(parts)) if parts else None

    def times(self, symbol: str, interval: str, start: int, end: int) -> Times:
        """Return the open times that are kept, `start <= t < end`; errors as `read`."""
        kept = self.read(symbol, interval, start, end)
        return np.empty(0, np.int64) if kept is None else kept.candles.open_time

    def intervals(self, symbol: str) -> tuple[str, ...]:
        """Return of which intervals candles of a symbol are kept, the shortest first."""
        return tuple(name for name in INTERVALS if any(self._files(self._room(symbol, name))))

    def sources(self, symbol: str, interval: str) -> Mapping[str, Mapping[str, Any]]:
        """Return where candles came from: source to `first`, `last` and `rows`; newest last."""
        try:
            found = json.loads((self._room(symbol, interval) / _SOURCES).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def holdings(self) -> tuple[Holding, ...]:
        """Return everything that is kept, by symbol and interval; damaged files say so."""
        if not self.folder.is_dir():
            return ()
        return tuple(
            self._holding(room.name, interval)
            for room in sorted(self.folder.iterdir())
            if room.is_dir()
            for interval in self.intervals(room.name)
        )

    def forget_before(self, symbol: str, interval: str, at: int) -> None:
        """Drop the periods that ended before a moment, UTC milliseconds."""
        room = self._room(symbol, interval)
        for path in list(self._files(room)):
            if _span(path)[1] <= at:
                path.unlink(missing_ok=True)

    def forget(self, symbol: str, interval: str) -> bool:
        """Drop all that is kept of a symbol and interval, and where it came from.

        Returns:
            Whether there was anything. What has been read before stays readable to whoever did.
        """
        room = self._room(symbol, interval)
        if not any(self._files(room)):
            return False
        with _locked(room):
            (room / _SOURCES).unlink(missing_ok=True)  # first: what it names is not fetched again
            for path in list(self._files(room)):
                path.unlink(missing_ok=True)
        return True

    def _room(self, symbol: str, interval: str) -> Path:
        if not symbol.isalnum() or len(symbol) > 40:
            raise InputError(
                f"expected a symbol such as BTCUSDT, was {symbol[:40]!r}", field="symbol"
            )
        interval_ms(interval)
        return self.folder / symbol / interval

    def _files(self, room: Path) -> Iterator[Path]:
        """Yield the files of periods, the oldest first."""
        yield from sorted(room.glob("[0-9]*.npy"))

    def _add_period(self, path: Path, part: Table, prefer_new: bool) -> Merge:
        if not path.exists():
            write_table(path, part)
            return Merge(part, len(part["open_time"]))
        kept = read_table(path)
        done = merged(kept, part, replace=prefer_new)
        if any(
            not np.array_equal(kept[name], done.table[name], equal_nan=name == "quote_volume")
            for name in kept
        ):
            write_table(path, done.table)
        return done

    def _note(self, folder: Path, source: str, times: Times) -> None:
        known = dict(self.sources(folder.parent.name, folder.name))
        before = known.pop(source, {"first": int(times[0]), "last": int(times[-1])})
        known[source] = {
            "first": min(before["first"], int(times[0])),
            "last": max(before["last"], int(times[-1])),
        }
        unfinished = folder / f".{_SOURCES}.{os.getpid()}"
        unfinished.write_text(json.dumps(known, indent=1, ensure_ascii=False), "utf-8")
        unfinished.replace(folder / _SOURCES)

    def _holding(self, symbol: str, interval: str) -> Holding:
        room = self._room(symbol, interval)
        found = Holding(
            str(room),
            symbol,
            interval,
            size=sum(path.stat().st_size for path in room.iterdir() if path.is_file()),
            sources=tuple(self.sources(symbol, interval)),
        )
        try:
            parts = [read_table(path)["open_time"] for path in self._files(room)]
        except DataError as error:
            return replace(found, problem=str(error))
        times = np.concatenate(parts)
        return replace(
            found,
            rows=len(times),
            first=int(times[0]),
            last=int(times[-1]),
            gaps=gaps_in(times, interval_ms(interval)),
        )


def _by_period(table: Table, interval: int) -> Iterator[tuple[str, Table]]:
    """Yield the name of each period and the table's part in it."""
    unit = "M" if interval < _MONTHLY_BELOW else "Y"
    periods = table["open_time"].astype("datetime64[ms]").astype(f"datetime64[{unit}]")
    begins = np.flatnonzero(periods[1:] != periods[:-1]) + 1
    for start, end in pairwise([0, *begins.tolist(), len(periods)]):
        yield str(periods[start]), {name: column[start:end] for name, column in table.items()}


def _span(path: Path) -> tuple[int, int]:
    """Return when a file's period begins and when the next one does, UTC milliseconds."""
    try:
        period = np.datetime64(path.stem)
    except ValueError:
        raise DataError(f"{path} is no file of the catalogue: take it away") from None
    return _ms(period), _ms(period + 1)


def _ms(at: Any) -> int:
    return int(at.astype("datetime64[ms]").astype(np.int64))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other processes from writing here meanwhile; waits for them."""
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
