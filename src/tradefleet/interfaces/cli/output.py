"""What commands print: a table for people, one JSON document for programs."""

import contextlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import click


def print_json(value: Any) -> None:
    """Print one JSON document; money as decimal strings."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False, indent=2))


def say(text: str, *, err: bool = False) -> None:
    """Print a line; the terminal may be gone, and what is being done goes on."""
    with contextlib.suppress(OSError):
        click.echo(text, err=err)


def print_table(
    head: Sequence[str], rows: Sequence[Sequence[Any]], right: Sequence[int] = ()
) -> None:
    """Print rows in columns; `right` are the columns of figures."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in [list(head), *texts]) for i in range(len(head))]
    for row in [list(head), *texts]:
        cells = [
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        click.echo("  ".join(cells).rstrip())


def moment(at: int | None) -> str:
    """Return a moment, UTC milliseconds, in ISO 8601; `-` for None."""
    return "-" if at is None else f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)
