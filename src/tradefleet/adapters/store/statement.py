"""SQL written in SQLAlchemy's words, compiled once, run on the bare driver.

SQLAlchemy's own way of running a statement touches so much code that it costs every forked bot
five megabytes it would otherwise share with its parent. What was compiled before is shared.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ClauseElement, Dialect, Select, Table, bindparam, insert

Convert = Callable[[Any], Any]


class Statement:
    """A statement that is run often; its values are given each time it is run."""

    def __init__(self, written: ClauseElement | Callable[[str], ClauseElement]) -> None:
        """Keep a statement with a `bindparam` for each value.

        Args:
            written: or what makes it for a database by its name, where their words differ.
        """
        self._written = written
        self._compiled: dict[str, Compiled] = {}
        _known.append(self)

    def compiled(self, dialect: Dialect) -> "Compiled":
        """Return the statement in the words of a database."""
        name = dialect.name
        if name not in self._compiled:
            written = self._written
            wanted = written if isinstance(written, ClauseElement) else written(name)
            self._compiled[name] = compiled(wanted, dialect)
        return self._compiled[name]


_known: list[Statement] = []


def compile_all(dialect: Dialect) -> None:
    """Compile every statement there is, so that forked processes find it done."""
    for statement in _known:
        statement.compiled(dialect)


class Row:
    """One line of an answer: its values as attributes, or one after the other."""

    __slots__ = ("by_name",)

    def __init__(self, by_name: dict[str, Any]) -> None:
        self.by_name = by_name

    def __getattr__(self, name: str) -> Any:
        """Return a value by the name of its column."""
        try:
            return self.by_name[name]
        except KeyError:
            raise AttributeError(name) from None

    def __iter__(self) -> Iterator[Any]:
        """Walk over the values in the order they were asked for."""
        return iter(self.by_name.values())


@dataclass(slots=True)
class Compiled:
    """A statement in the words of one database.

    Attributes:
        text: as the driver takes it.
        constants: values that are part of the statement.
        order: names of the values where the driver counts them; None where it knows their names.
        writers: what turns a value into one of the driver's.
        columns: types of what it returns; empty where only the driver knows.
        readers: what turns the driver's values into ours, by place; None until the driver told
            what it returns.
    """

    text: str
    constants: Mapping[str, Any] = field(default_factory=dict)
    order: Sequence[str] | None = ()
    writers: Mapping[str, Convert] = field(default_factory=dict)
    columns: Sequence[Any] = ()
    readers: Mapping[int, Convert] | None = field(default_factory=dict)

    def values(self, given: Mapping[str, Any]) -> Any:
        """Return the values as the driver takes them."""
        values = {**self.constants, **given}
        for name, write in self.writers.items():
            values[name] = write(values[name])
        return values if self.order is None else [values[name] for name in self.order]

    def rows(self, cursor: Any, dialect: Dialect) -> list[Row]:
        """Return what the driver found."""
        names = [told[0] for told in cursor.description]
        if self.readers is None:
            kinds = [told[1] for told in cursor.description]
            self.readers = _readers(self.columns, kinds, dialect)
        found = []
        for raw in cursor.fetchall():
            values = list(raw)
            for place, read in self.readers.items():
                values[place] = read(values[place])
            found.append(Row(dict(zip(names, values, strict=True))))
        return found


def compiled(written: ClauseElement, dialect: Dialect) -> Compiled:
    """Return a statement in the words of a database."""
    words: Any = written.compile(dialect=dialect)
    binds = {name: bind for bind, name in words.bind_names.items()}
    missing = {name: bind.key for name, bind in binds.items() if bind.required}
    state = words.construct_expanded_state(dict.fromkeys(missing.values()))
    writers = {name: _writer(bind.type, dialect) for name, bind in binds.items()}
    constants = state.additional_parameters
    found = written.selected_columns if isinstance(written, Select) else ()
    columns = [column.type for column in found]
    tells_kinds = dialect.name != "sqlite"
    return Compiled(
        text=state.statement,
        constants={name: constants[name] for name in constants.keys() - missing},
        order=state.positiontup,
        writers={name: write for name, write in writers.items() if write},
        columns=columns,
        readers=None if tells_kinds else _readers(columns, [None] * len(columns), dialect),
    )


def parameters(names: Iterable[str]) -> dict[str, Any]:
    """Return a parameter for each column to be set."""
    return {name: bindparam(name) for name in names}


def inserting(table: Table, *names: str) -> Statement:
    """Return what inserts a row of these columns; all of them if none is named."""
    names = names or tuple(column.name for column in table.columns)
    return Statement(insert(table).values(parameters(names)).inline())


def _writer(kind: Any, dialect: Dialect) -> Convert | None:
    write: Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return write


def _readers(
    columns: Sequence[Any], kinds: Sequence[Any], dialect: Dialect
) -> Mapping[int, Convert]:
    """Return what turns the driver's values into ours, by place."""
    reads = (
        column.dialect_impl(dialect).result_processor(dialect, kind)
        for column, kind in zip(columns, kinds, strict=False)
    )
    return {place: read for place, read in enumerate(reads) if read}
