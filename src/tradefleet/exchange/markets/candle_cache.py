"""Kline rows of a distant source, kept as they came."""

from collections import OrderedDict
from typing import Any

Row = list[Any]
Question = tuple[str, str, int | None, int | None, int]

_NEWEST_KEPT = 1_500
_ANSWERS_KEPT = 200


class CandleCache:
    """The newest candles of what is watched, and answers to questions about the past."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str], list[Row]] = {}
        self._answers: OrderedDict[Question, list[Row]] = OrderedDict()

    def newest(self, symbol: str, interval: str) -> list[Row]:
        """Return the newest rows known, without a gap between answers."""
        return self._newest.get((symbol, interval), [])

    def extend(self, symbol: str, interval: str, rows: list[Row]) -> None:
        """Take over the newest rows; the forming candle known so far is replaced."""
        if not rows:
            return
        known = self.newest(symbol, interval)
        if known and rows[0][0] > known[-1][6] + 1:
            known = []  # what lies between is unknown
        kept = [row for row in known if row[0] < rows[0][0]]
        self._newest[symbol, interval] = [*kept, *rows][-_NEWEST_KEPT:]

    def remember(self, question: Question, rows: list[Row]) -> None:
        """Keep the answer to a question about the past."""
        self._answers[question] = rows
        self._answers.move_to_end(question)
        if len(self._answers) > _ANSWERS_KEPT:
            self._answers.popitem(last=False)

    def covers(self, question: Question) -> bool:
        """Whether the newest rows hold the whole answer."""
        symbol, interval, start, end, limit = question
        rows = self.newest(symbol, interval)
        if not rows:
            return False
        if start is not None:
            oldest: int = rows[0][0]
            return start >= oldest
        return len([row for row in rows if end is None or row[0] <= end]) >= limit

    def answer(self, question: Question) -> list[Row]:
        """Return the rows by the rules of GET /klines, as far as they are known."""
        if not self.covers(question) and question in self._answers:
            return self._answers[question]
        symbol, interval, start, end, limit = question
        rows = [
            row
            for row in self.newest(symbol, interval)
            if (start is None or row[0] >= start) and (end is None or row[0] <= end)
        ]
        return rows[:limit] if start is not None else rows[-limit:]
