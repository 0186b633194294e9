"""One transaction on the bare driver."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ClauseElement, Dialect

from tradefleet.adapters.store.statement import Compiled, Row, Statement, compiled


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement found, and how many rows it changed."""

    rows: Sequence[Row]
    rowcount: int

    def __iter__(self) -> Iterator[Row]:
        """Walk over what was found."""
        return iter(self.rows)

    def first(self) -> Row | None:
        """Return the first row, None if nothing was found."""
        return self.rows[0] if self.rows else None


class Connection:
    """A connection to the database, in a transaction."""

    def __init__(self, driver: Any, dialect: Dialect) -> None:
        """Run statements on a connection of the driver's, in the database's words."""
        self.driver = driver
        self.dialect = dialect

    def execute(self, statement: Statement | ClauseElement | str, /, **values: Any) -> Answer:
        """Run a statement.

        Args:
            statement: what is run often is a `Statement`; text goes to the driver as it is.
            **values: for the statement's parameters.
        """
        words = self._words(statement)
        cursor = self.driver.cursor()
        try:
            cursor.execute(words.text, words.values(values))
            rows = words.rows(cursor, self.dialect) if cursor.description else ()
            return Answer(rows, cursor.rowcount)
        finally:
            cursor.close()

    def _words(self, statement: Statement | ClauseElement | str) -> Compiled:
        if isinstance(statement, Statement):
            return statement.compiled(self.dialect)
        if isinstance(statement, ClauseElement):
            return compiled(statement, self.dialect)
        return Compiled(statement)

    def scalar(self, statement: Statement | ClauseElement | str, /, **values: Any) -> Any:
        """Return the first value of the first row, None if nothing was found."""
        row = self.execute(statement, **values).first()
        return None if row is None else next(iter(row))
