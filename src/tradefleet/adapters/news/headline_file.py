"""Headlines from a file that another program, or a person, writes."""

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tradefleet.adapters.news.coins import coins_in
from tradefleet.domain.errors import DataError
from tradefleet.domain.strategy import Headline

LONGEST_TITLE = 300


class HeadlineFile:
    """Keeps `NewsFeed` on a file: CSV (with a header), JSON lines (`.jsonl`) or Parquet.

    Fields: `published` (UTC ms, or ISO 8601, UTC where it names no zone), `title`, and, where
    known, `source`, `symbols` (base assets, separated by spaces or a JSON list).
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def headlines(self, since: int) -> tuple[Headline, ...]:
        """Return headlines published after `since`, oldest first.

        Raises:
            DataError: the file cannot be read; names the line.
        """
        try:
            rows = enumerate(_rows(self._path), start=1)
            found = [self._headline(number, row) for number, row in rows]
        except (OSError, ValueError) as error:
            raise DataError(f"the headlines in {self._path} cannot be read: {error}") from error
        return tuple(sorted((h for h in found if h.published > since), key=lambda h: h.published))

    def _headline(self, number: int, row: Mapping[str, Any]) -> Headline:
        try:
            title = str(row["title"]).strip()[:LONGEST_TITLE]
            symbols = row.get("symbols") or ()
            coins = symbols.split() if isinstance(symbols, str) else list(map(str, symbols))
            about = tuple(sorted(coin.upper() for coin in coins)) or coins_in(title)
            return Headline(_time(row["published"]), title, str(row.get("source") or "file"), about)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"record {number}: expected published and title, {error!r}") from error


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    if path.suffix == ".parquet":
        yield from _table(path)
        return
    with path.open(encoding="utf-8", newline="") as file:
        if path.suffix == ".csv":
            yield from csv.DictReader(file)
        else:
            yield from (json.loads(line) for line in file if line.strip())


def _table(path: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a Parquet file; `ValueError` if it is none."""
    import duckdb  # 69 MB: only who reads such files pays for it

    try:
        with duckdb.connect() as connection:
            found = connection.read_parquet(str(path))
            names = found.columns
            yield from (dict(zip(names, row, strict=True)) for row in found.fetchall())
    except duckdb.Error as error:
        raise ValueError(str(error).splitlines()[0]) from error


def _time(value: int | str) -> int:
    if isinstance(value, int) or value.isdigit():
        return int(value)
    at = datetime.fromisoformat(value)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
