"""A study on disk: one JSON document a line, the first of which says what it is about.

A line that was cut off by a crash is not counted; the next one is written in its place.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tradefleet.domain.errors import DataError, InputError
from tradefleet.ports.trials import Played

FORMAT = 1


class StudyFile:
    """Keeps `Study`."""

    def __init__(self, path: Path, about: Mapping[str, Any], *, resume: bool) -> None:
        """Begin a study, or go on with one.

        Args:
            path: of the file.
            about: what determines how a combination comes out; JSON values.
            resume: whether a file that is there is gone on with; otherwise it is refused.

        Raises:
            InputError: it is there and was not to be resumed, or is about something else.
            DataError: it is no study.
        """
        self._path = path
        self._kept: list[Played] = []
        header = {"format": FORMAT, "about": dict(about)}
        if path.exists() and path.stat().st_size:
            if not resume:
                raise InputError(
                    f"--study: {path.name} is there already; go on with it by --resume, or name"
                    " another file",
                    field="study",
                )
            self._read(header)
        else:
            path.write_text(json.dumps(header) + "\n")

    def played(self) -> Iterable[Played]:
        """Return what was kept."""
        return self._kept

    def keep(self, played: Played) -> None:
        """Append a line."""
        self._kept.append(played)
        line = {
            "values": dict(played.values),
            "trades": played.trades,
            "daily": played.daily.tolist(),
            "fault": played.fault,
        }
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def _read(self, header: Mapping[str, Any]) -> None:
        raw = self._path.read_bytes()
        whole = raw[: raw.rfind(b"\n") + 1]
        try:
            first, *lines = map(json.loads, whole.splitlines())
            self._kept = [_played(line) for line in lines]
            before = first["about"]
        except (ValueError, KeyError, TypeError):
            raise DataError(
                f"{self._path.name}: expected a study of `tradefleet optimise`"
            ) from None
        wanted = json.loads(json.dumps(header["about"]))
        if first["format"] != FORMAT or before != wanted:
            names = [n for n in {**before, **wanted} if before.get(n) != wanted.get(n)]
            changed = ", ".join(f"{n} was {before.get(n)!r}" for n in names) or "another format"
            raise InputError(
                f"--study: {self._path.name} is about another backtest ({changed}); name another"
                " file",
                field="study",
            )
        os.truncate(self._path, len(whole))


def _played(line: Mapping[str, Any]) -> Played:
    daily = np.array(line["daily"], np.float64)
    return Played(dict(line["values"]), int(line["trades"]), daily, str(line["fault"]))
