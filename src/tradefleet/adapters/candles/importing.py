"""Files of candles taken into the catalogue."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tradefleet.adapters.candles.catalogue import Catalogue
from tradefleet.adapters.candles.files import SUFFIXES, read_recording
from tradefleet.adapters.candles.summary import Summary
from tradefleet.domain.errors import DataError, InputError
from tradefleet.domain.recording import Recording


@dataclass(frozen=True, slots=True)
class Imported(Summary):
    """What became of one file.

    Attributes:
        added: candles the catalogue did not have.
        conflicts: candles it has with other figures.
        first_conflict: open time of the first of them.
    """

    added: int = 0
    conflicts: int = 0
    first_conflict: int | None = None


@dataclass(frozen=True, slots=True)
class Importer:
    """Takes files in.

    Attributes:
        now: UTC milliseconds; candles that have not closed by then are refused.
        replace: a file's figures win where they differ from those kept.
    """

    catalogue: Catalogue
    now: int
    replace: bool = False

    def take_all(self, path: Path, symbol: str = "", interval: str = "") -> Iterator[Imported]:
        """Take a file, or every candle file in a folder and below it, one after the other.

        Args:
            path: what to take; one that cannot be used is told and hinders no other.
            symbol, interval: as in `read_recording`.
        """
        files = [path]
        if path.is_dir():
            files = sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES)
            if not files:
                wanted = ", ".join(SUFFIXES)
                yield Imported(str(path), problem=f"there is no candle file ({wanted}) in it")
        for file in files:
            yield self._take_file(file, symbol, interval)

    def take(self, path: str, recording: Recording, source: str) -> Imported:
        """Take candles in; `DataError` if they are of the future or the catalogue is damaged."""
        times = recording.candles.open_time
        refuse_future(Path(path).name, recording, self.now)
        done = self.catalogue.add(recording, source, replace=self.replace)
        return Imported(
            path=path,
            symbol=recording.symbol,
            interval=recording.interval,
            rows=len(times),
            first=int(times[0]),
            last=int(times[-1]),
            gaps=recording.gaps,
            added=done.added,
            conflicts=done.conflicts,
            first_conflict=done.first_conflict,
        )

    def _take_file(self, file: Path, symbol: str, interval: str) -> Imported:
        try:
            return self.take(str(file), read_recording(file, symbol, interval), _source(file))
        except (DataError, InputError) as error:
            return Imported(str(file), symbol, interval, problem=str(error))


def _source(file: Path) -> str:
    """Return what to call a file; one of another catalogue says little without its folders."""
    return "/".join(file.parts[-4:]) if file.suffix == ".npy" else file.name


def refuse_future(name: str, recording: Recording, now: int) -> None:
    """Raise `DataError` if the newest candle has not closed by `now`, UTC milliseconds."""
    if (newest := recording.candles.last_close_time) > now:
        raise DataError(
            f"{name}: expected candles that have closed, the newest closes "
            f"{(newest - now) // 60_000:,} minutes from now"
        )
