"""Bots as plain detached processes, in sessions of their own."""

import subprocess
from collections.abc import Sequence
from pathlib import Path


class ProcessLauncher:
    """Starts each bot as a process that outlives whoever started it."""

    name = "process"

    def __init__(self, command: Sequence[str], run: Path) -> None:
        """Launch with this command.

        Args:
            command: what runs `tradefleet`, such as `[python, -m, tradefleet]`.
            run: folder for what a bot says outside its log (`bot_N.out`).
        """
        self._command = command
        self._run = run
        self._started: list[subprocess.Popen[bytes]] = []

    def launch(self, bot_id: int) -> None:
        """Start the bot's process."""
        self._started = [child for child in self._started if child.poll() is None]
        with (self._run / f"bot_{bot_id}.out").open("ab") as out:
            self._started.append(
                subprocess.Popen(
                    [*self._command, "bot", "run", str(bot_id), "--launcher", self.name],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                )
            )
