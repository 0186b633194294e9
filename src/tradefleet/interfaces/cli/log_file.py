"""A bot's log file, as `tail` and `tail -f` show it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import click


def tail(path: Path, lines: int) -> list[str]:
    """Return the last lines of a log."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 256 * 1024))
        return file.read().decode("utf-8", "replace").splitlines()[-lines:]


def follow(path: Path) -> None:
    """Print what is written from now on, until the log is rotated away."""
    for line in _written(path):
        click.echo(line, nl=False)


def _written(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", errors="replace") as file:
        file.seek(0, 2)
        while True:
            if line := file.readline():
                yield line
            elif not path.exists() or path.stat().st_ino != _inode(file.fileno()):
                return  # rotated away
            else:
                time.sleep(0.2)


def _inode(descriptor: int) -> int:
    return os.fstat(descriptor).st_ino
