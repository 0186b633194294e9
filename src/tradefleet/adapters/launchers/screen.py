"""Bots in screen sessions named `bot_N`, as the sketch has it: attach, list and quit work.

Our own processes are never addressed through screen but by pid and start time, so a foreign session
of the same name is never touched. `screen -X quit` sends SIGHUP, which a bot understands.
"""

import shutil
import subprocess
from collections.abc import Sequence

START_S = 10.0


class ScreenLauncher:
    """Starts each bot in a detached screen session."""

    name = "screen"

    def __init__(self, command: Sequence[str]) -> None:
        """Launch with this command.

        Args:
            command: what runs `tradefleet`, such as `[python, -m, tradefleet]`.
        """
        self._command = command

    @staticmethod
    def is_installed() -> bool:
        """Return whether the program is there."""
        return shutil.which("screen") is not None

    def launch(self, bot_id: int) -> None:
        """Start the bot's session.

        Raises:
            OSError: screen could not be started.
        """
        session = ["screen", "-dmS", f"bot_{bot_id}"]
        bot = [*self._command, "bot", "run", str(bot_id), "--launcher", self.name]
        done = subprocess.run(
            [*session, *bot],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=START_S,
            check=False,
        )
        if done.returncode:
            words = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
            raise OSError(f"screen could not start bot_{bot_id}: {words or done.returncode}")
