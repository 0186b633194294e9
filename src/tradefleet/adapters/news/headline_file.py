"""Headlines from a file that another program, or a person, writes."""

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tradefleet.adapters.news.coins import coins_in
from tradefleet.domain.errors import DataError
from tradefleet.domain.strategy import Headline

LONGEST_TITLE = 300


class HeadlineFile:
    """Keeps `NewsFeed` on a CSV file (with a header) or one of JSON lines (`.jsonl`).

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
        found = []
        try:
            with self._path.open(encoding="utf-8", newline="") as file:
                for number, row in enumerate(_rows(file, self._path.suffix), start=1):
                    found.append(self._headline(number, row))
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


def _rows(file: Iterable[str], suffix: str) -> Iterable[Mapping[str, Any]]:
    if suffix == ".csv":
        return csv.DictReader(file)
    return (json.loads(line) for line in file if line.strip())


def _time(value: int | str) -> int:
    if isinstance(value, int) or value.isdigit():
        return int(value)
    at = datetime.fromisoformat(value)
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
