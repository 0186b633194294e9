"""The data folder: everything an installation keeps, readable by its owner only.

data/
  run/          what is alive now: locks, ports, the hub's socket, logs of the processes
  exchange/     the paper exchange's own state and its account
  strategies/   the person's own strategies
  candles/      the local catalogue of candles
  runs/         backtests and the like that the dashboard started, with their results
  incoming/     files on their way from the browser
  tape/         candles the hub fetched for its bots, by market
  market.json   what the paper exchange plays, and its port
  KILL          put there by hand, stops every bot: `sell` in it sells, anything else keeps
  token         opens the dashboard, unless settings name another
"""

import fcntl
import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

from tradefleet.domain.errors import SettingsError


class DataFolder:
    """Paths and small files of one data folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.run = root / "run"
        self.exchange = root / "exchange"
        self.strategies = root / "strategies"
        self.candles = root / "candles"
        self.tape = root / "tape"
        self.hub_socket = self.run / "hub.sock"
        self.exchange_address = self.run / "exchange.json"
        self.market = root / "market.json"  # what the paper exchange plays, and where
        self.kill_file = root / "KILL"
        self.down_mark = self.run / "down"  # all is meant to be down; host and hub end at once

    def prepare(self) -> None:
        """Make the folder and its rooms.

        Raises:
            SettingsError: it cannot be written.
        """
        try:
            for folder in (self.root, self.run, self.exchange, self.strategies, self.candles):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"the data folder {self.root} cannot be used: {error.strerror}. "
                "Set TRADEFLEET_HOME to a folder you may write."
            ) from error

    def lock(self, name: str) -> int | None:
        """Take a lock for the life of this process.

        Returns:
            A descriptor to keep, or None if another process holds the lock.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self.run / f"{name}.lock", flags, 0o600)
        for _ in range(10):  # `holder` looks for an instant; that must not pass for a holder
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.01)
        else:
            os.close(descriptor)
            return None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        return descriptor

    def holder(self, name: str) -> int | None:
        """Return the pid of the process that holds a lock, or None if nobody does."""
        path = self.run / f"{name}.lock"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(os.pread(descriptor, 20, 0) or 0) or None
        finally:
            os.close(descriptor)
        return None

    def kill_flag(self) -> str:
        """Return what the file `KILL` asks for: `sell`, `keep` (also if empty), or nothing."""
        try:
            text = self.kill_file.read_text("utf-8", "replace")
        except FileNotFoundError:
            return ""
        except OSError:  # it is there and cannot be read: the safer of its meanings
            return "keep"
        return "sell" if text.strip().lower() == "sell" else "keep"

    def lift_kill_file(self) -> None:
        """Take the file `KILL` away, if it is there; `OSError` if that cannot be done."""
        self.kill_file.unlink(missing_ok=True)

    def token(self, chosen: str = "") -> str:
        """Return the dashboard's token: the chosen one, or one made once and kept."""
        return chosen or self._kept_secret(self.root / "token")

    def paper_account(self) -> tuple[str, str]:
        """Return key and secret of the paper account, made once and kept."""
        key = self._kept_secret(self.root / "paper.key")
        return key, self._kept_secret(self.root / "paper.secret")

    def read(self, path: Path) -> dict[str, Any] | None:
        """Return a small JSON file of ours, or None if it is absent or torn."""
        try:
            value = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return value if isinstance(value, dict) else None

    def write(self, path: Path, value: dict[str, Any]) -> None:
        """Replace a small JSON file at once: a reader sees the old text or the new one."""
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.write_text(json.dumps(value), "utf-8")
        fresh.replace(path)

    def _kept_secret(self, path: Path) -> str:
        try:
            return path.read_text("ascii").strip()
        except FileNotFoundError:
            pass
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text("ascii").strip()
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
        return path.read_text("ascii").strip()
