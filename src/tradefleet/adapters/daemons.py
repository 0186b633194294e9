"""Background processes of a data folder: started detached, known by the lock they hold.

Each process takes `run/NAME.lock` itself and keeps it while it lives, so that "is it alive" is
answered by the kernel and never by a pid that might have been used again.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

from tradefleet.adapters.data_folder import DataFolder

LONGEST_LOG = 10 * 1024 * 1024


class Daemons:
    """Starts and ends the processes of one data folder."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder

    def alive(self, name: str) -> bool:
        """Return whether the process lives."""
        return self._folder.holder(name) is not None

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start `tradefleet ARGUMENTS` detached from the terminal; its words go to `run/NAME.log`.

        Starting what already lives is harmless: the newcomer finds the lock taken and ends.
        """
        log = os.open(
            self._folder.run / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
        )
        try:
            subprocess.Popen(
                [sys.executable, "-m", "tradefleet", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, "TRADEFLEET_HOME": str(self._folder.root)},
            )
        finally:
            os.close(log)

    def cut_logs(self) -> None:
        """Put aside what a long log says; one older copy is kept.

        Its process goes on writing into the same file: it appends, so the emptied file grows anew.
        """
        for log in self._folder.run.glob("*.log"):
            if log.stat().st_size > LONGEST_LOG:
                shutil.copyfile(log, log.with_suffix(".log.1"))
                os.truncate(log, 0)

    def ask_to_stop(self, name: str) -> None:
        """Ask the process to end; one that is gone is left alone."""
        pid = self._folder.holder(name)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def mark_down(self, *, down: bool) -> None:
        """Say whether all is meant to be down; while it is, host and hub end at once."""
        if down:
            self._folder.down_mark.touch()
        else:
            self._folder.down_mark.unlink(missing_ok=True)

    def wait(self, name: str, *, alive: bool, wait_s: float) -> bool:
        """Wait until the process lives (or does not); return whether it came true in time."""
        deadline = time.monotonic() + wait_s
        while self.alive(name) is not alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def last_words(self, name: str, lines: int = 5) -> str:
        """Return the end of the process's log, to say why it did not start."""
        path = self._folder.run / f"{name}.log"
        if not path.exists():
            return ""
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4_096))
            tail = file.read().decode("utf-8", "replace")
        return "\n".join(tail.splitlines()[-lines:])
