"""Runs of research in the data folder: each a process of its own, with a room for what it says.

runs/ID/
  asked.json     what was wanted, when, and which process does it
  out.json       what the command prints: one JSON document, once it has ended
  err.txt        its progress, warnings and errors
  given/         a file the command reads; gone with its end
  cancelled      there if the person wanted no more of it
  end.json       what became of it, found by whoever looked first after its end

No process waits for another: a dashboard that was closed meanwhile finds the result all the same.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from tradefleet.adapters.data_folder import DataFolder
from tradefleet.adapters.processes import LinuxProcesses
from tradefleet.domain.errors import InputError
from tradefleet.ports.clock import Clock
from tradefleet.ports.fleet import Holder
from tradefleet.ports.runs import Kind, Run, State

COMMAND = (sys.executable, "-m", "tradefleet")
MOST_AT_ONCE = 2
KEPT = 50  # of each kind
NAME = re.compile(r"[0-9a-f]{12}-[0-9a-f]{6}")
PROGRESS = re.compile(r"^([\d,]+) of ([\d,]+) .* to go$")
REFUSALS = ("Error: ", "tradefleet: ")
DYING_S = 5.0
TAIL = 8_192  # bytes of what a command said last
KILLED = "its process was killed before it ended; what it had done is lost"


class KeptRuns:
    """Keeps `Runs` in a data folder."""

    def __init__(
        self,
        folder: DataFolder,
        processes: LinuxProcesses,
        clock: Clock,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._folder = folder
        self._rooms = folder.root / "runs"
        self._processes = processes
        self._clock = clock
        self._command = [*_politely(), *command]
        self._children: list[subprocess.Popen[bytes]] = []
        self._starting = threading.Lock()

    def start(
        self,
        kind: Kind,
        words: Sequence[str],
        asked: Mapping[str, Any],
        given: Path | None = None,
    ) -> Run:
        """Start a command, unless as many run as may."""
        with self._starting:
            running = [r for k in Kind for r in self.all(k) if r.state is State.RUNNING]
            if len(running) >= MOST_AT_ONCE:
                raise InputError(
                    f"{MOST_AT_ONCE} runs are under way already; wait for one or cancel it",
                    code="too_many",
                )
            self._forget_oldest(kind)
            now = self._clock.now()
            name = f"{now:012x}-{secrets.token_hex(3)}"
            room = self._rooms / name
            room.mkdir(mode=0o700, parents=True)
            holder = self._launch(room, [*words, *_taken(given, room)])
            said = {"kind": kind, "asked": dict(asked), "at": now, "holder": asdict(holder)}
            self._folder.write(room / "asked.json", said)
        return self.get(name)

    def all(self, kind: Kind) -> Sequence[Run]:
        """Return the runs of a kind, the newest first."""
        if not self._rooms.is_dir():
            return ()
        names = sorted((room.name for room in self._rooms.iterdir()), reverse=True)
        found = (self._find(name) for name in names)
        return [run for run in found if run is not None and run.kind is kind]

    def get(self, run_id: str) -> Run:
        """Return a run."""
        run = self._find(run_id)
        if run is None:
            raise InputError(f"there is no run {run_id[:40]!r}", field="run", code="unknown_run")
        return run

    def document(self, run_id: str) -> Mapping[str, Any]:
        """Return what a run found."""
        found = self._read(self._rooms / run_id) if self.get(run_id).has_result else None
        if found is None:
            raise InputError(f"the run {run_id} has no result", field="run", code="no_result")
        return found

    def cancel(self, run_id: str) -> Run:
        """Interrupt a run as Ctrl-C would."""
        run = self.get(run_id)
        if run.state is State.RUNNING:
            room = self._rooms / run_id
            (room / "cancelled").touch()
            said = self._folder.read(room / "asked.json") or {}
            self._processes.interrupt(Holder(**said["holder"]))
        return self.get(run_id)

    def forget(self, run_id: str) -> None:
        """Take a run away, ending it first."""
        self.get(run_id)
        room = self._rooms / run_id
        said = self._folder.read(room / "asked.json") or {}
        if not (room / "end.json").exists():
            self._processes.kill(Holder(**said["holder"]))
        self._bury(said["holder"]["pid"])
        shutil.rmtree(room, ignore_errors=True)

    def _launch(self, room: Path, words: Sequence[str]) -> Holder:
        with (room / "out.json").open("wb") as out, (room / "err.txt").open("wb") as err:
            child = subprocess.Popen(
                [*self._command, *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                env={**os.environ, "TRADEFLEET_HOME": str(self._folder.root)},
            )
        self._children.append(child)
        return self._processes.child(child.pid, "dashboard")

    def _bury(self, pid: int) -> None:
        """Wait for a process that is dying, if it is a child of this one."""
        for child in self._children:
            if child.pid == pid:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(DYING_S)

    def _find(self, name: str) -> Run | None:
        if not NAME.fullmatch(name):
            return None
        room = self._rooms / name
        said = self._folder.read(room / "asked.json")
        if said is None:
            return None
        run = Run(name, Kind(said["kind"]), said["asked"], said["at"])
        end = self._folder.read(room / "end.json")
        if end is None:
            if self._processes.is_alive(Holder(**said["holder"])):
                return _at_work(run, _tail(room / "err.txt"))
            self._children = [child for child in self._children if child.poll() is None]
            end = self._settle(room)
        return replace(run, **end | {"state": State(end["state"])})

    def _settle(self, room: Path) -> dict[str, Any]:
        """Find out, once, what became of a run whose process is gone."""
        shutil.rmtree(room / "given", ignore_errors=True)
        found = self._read(room)
        state, problem = State.DONE, ""
        if (room / "cancelled").exists():
            state = State.CANCELLED
        elif found is None:
            state, problem = State.FAILED, _last_error(_tail(room / "err.txt"))
        end = {
            "state": state,
            "problem": problem,
            "has_result": found is not None,
            "brief": _brief(found or {}),
        }
        with contextlib.suppress(FileNotFoundError):  # it was forgotten this moment
            self._folder.write(room / "end.json", end)
        return end

    def _read(self, room: Path) -> dict[str, Any] | None:
        try:
            found = json.loads((room / "out.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None
        if isinstance(found, list):
            return {"parts": found}
        return found if isinstance(found, dict) else None

    def _forget_oldest(self, kind: Kind) -> None:
        ended = [run for run in self.all(kind) if run.state is not State.RUNNING]
        for run in ended[KEPT - 1 :]:
            self.forget(run.id)


def _politely() -> list[str]:
    """Return what lets bots have the processor first."""
    nice = shutil.which("nice")
    return [nice, "-n", "10"] if nice else []


def _taken(given: Path | None, room: Path) -> list[str]:
    """Move a file into the room of the run that reads it; return it as a word."""
    if given is None:
        return []
    (room / "given").mkdir(mode=0o700)
    return [str(given.rename(room / "given" / given.name))]


def _tail(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            return file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return []


def _at_work(run: Run, lines: Sequence[str]) -> Run:
    for line in reversed(lines):
        if match := PROGRESS.match(line):
            done, everything = (int(figure.replace(",", "")) for figure in match.groups())
            share = done / everything if everything else None
            return replace(run, share=share, progress=line)
    if run.kind is Kind.CANDLES and lines:  # nobody knows how many are left, but until when
        return replace(run, progress=lines[-1])
    return run


def _last_error(lines: Sequence[str]) -> str:
    """Return why a command refused; what it says last begins with one of `REFUSALS`."""
    begins = [n for n, line in enumerate(lines) if line.startswith(REFUSALS)]
    if begins:
        return "\n".join(lines[begins[-1] :]).split(": ", 1)[1].strip()
    if any(line.startswith("Traceback") for line in lines):
        return f"it broke: {lines[-1]}"
    return KILLED


def _brief(found: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in found.items() if k != "drawn" and not isinstance(v, list)}
