"""Files that `tradefleet backtest` writes besides what it prints."""

from pathlib import Path
from typing import Any

import click

from tradefleet.domain.errors import InputError


def check_targets(*paths: Path | None) -> None:
    """Refuse, before anything is played, a file that could not be written.

    Raises:
        InputError: its folder is not there, or the name is that of a folder.
    """
    for path in paths:
        if path is not None and (path.is_dir() or not path.parent.is_dir()):
            raise InputError(f"expected a file in a folder that exists, was {path}")


def write_reports(found: dict[str, Any], report: Path | None, table: Path | None) -> None:
    """Write the report of a run as a page, and its trades as a table.

    Args:
        found: the run's document, with what is drawn.
        report, table: where to; None writes none.
    """
    from tradefleet.interfaces.report import page, trades_csv

    texts = [(report, page), (table, trades_csv)]
    for path, made in texts:
        if path is None:
            continue
        try:
            path.write_text(made(found), "utf-8")
        except OSError as error:
            raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error
