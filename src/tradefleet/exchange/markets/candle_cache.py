"""Kline rows of a distant source, kept as they came."""

from collections import OrderedDict
from typing import Any, NamedTuple

Row = list[Any]


class Series(NamedTuple):
    """Which candles: of a symbol, of an interval, of a zone (milliseconds ahead of UTC)."""

    symbol: str
    interval: str
    zone: int = 0


class Question(NamedTuple):
    """Which of them: what GET /klines is asked for."""

    series: Series
    start: int | None
    end: int | None
    limit: int


_NEWEST_KEPT = 1_500
_ANSWERS_KEPT = 200


class CandleCache:
    """The newest candles of what is watched, and answers to questions about the past."""

    def __init__(self) -> None:
        self._newest: dict[Series, list[Row]] = {}
        self._answers: OrderedDict[Question, list[Row]] = OrderedDict()

    def newest(self, series: Series) -> list[Row]:
        """Return the newest rows known, without a gap between answers."""
        return self._newest.get(series, [])

    def extend(self, series: Series, rows: list[Row]) -> None:
        """Take over the newest rows; the forming candle known so far is replaced."""
        if not rows:
            return
        known = self.newest(series)
        if known and rows[0][0] > known[-1][6] + 1:
            known = []  # what lies between is unknown
        kept = [row for row in known if row[0] < rows[0][0]]
        self._newest[series] = [*kept, *rows][-_NEWEST_KEPT:]

    def remember(self, question: Question, rows: list[Row]) -> None:
        """Keep the answer to a question about the past."""
        self._answers[question] = rows
        self._answers.move_to_end(question)
        if len(self._answers) > _ANSWERS_KEPT:
            self._answers.popitem(last=False)

    def covers(self, question: Question) -> bool:
        """Whether the newest rows hold the whole answer."""
        series, start, end, limit = question
        rows = self.newest(series)
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
        series, start, end, limit = question
        rows = [
            row
            for row in self.newest(series)
            if (start is None or row[0] >= start) and (end is None or row[0] <= end)
        ]
        return rows[:limit] if start is not None else rows[-limit:]
