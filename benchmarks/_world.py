"""A whole system on a data folder of its own, brought up by the command a person uses."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil

READY_S = 60.0


@dataclass
class World:
    """A running system.

    Attributes:
        home: its data folder.
        client: speaks to its dashboard as the owner.
    """

    home: Path
    client: httpx2.Client

    def overview(self) -> dict[str, Any]:
        """Return GET /api/overview."""
        answer: dict[str, Any] = self.client.get("/api/overview").json()
        return answer

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a POST that must succeed."""
        answer = self.client.post(path, json=body)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Return every process of this system by what it is."""
        found: dict[str, list[psutil.Process]] = {}
        for process in psutil.process_iter():
            try:
                if process.environ().get("TRADEFLEET_HOME") == str(self.home):
                    found.setdefault(self._kind(process), []).append(process)
            except (psutil.Error, OSError):
                continue
        return found

    def _kind(self, process: psutil.Process) -> str:
        words = process.cmdline()
        for name in ("up", "exchange"):
            if name in words:
                return {"up": "dashboard"}.get(name, name)
        if "run" in words or process.pid in self._bots():
            return "bot"
        locks = {name: self._holder(name) for name in ("hub", "host")}
        return next((name for name, pid in locks.items() if pid == process.pid), "clerk")

    def _bots(self) -> set[int]:
        return {int(bot["pid"]) for bot in self._leases()}

    def _leases(self) -> list[dict[str, Any]]:
        import sqlite3

        with sqlite3.connect(f"file:{self.home}/paper/tradefleet.db?mode=ro", uri=True) as store:
            return [{"pid": json.loads(row[0])["pid"]} for row in store.execute(_LEASES)]

    def _holder(self, name: str) -> int:
        return int((self.home / "run" / f"{name}.lock").read_text() or 0)


_LEASES = "SELECT holder FROM leases WHERE holder IS NOT NULL"


def proportional(pid: int) -> float:
    """Return the proportional memory (PSS) of a process, in MB, as the kernel counts it."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


@contextmanager
def world(**settings: str) -> Iterator[World]:
    """Bring a system up, hand it over, and take it down."""
    with tempfile.TemporaryDirectory(prefix="tradefleet-") as folder:
        home = Path(folder) / "data"
        environment = {
            **os.environ,
            "TRADEFLEET_HOME": str(home),
            "TRADEFLEET_TOKEN": "benchmark-token-benchmark-token",
            "PAPER_MARKET": "synthetic",
            "LAUNCHER": "host",
            **settings,
        }
        command = [sys.executable, "-m", "tradefleet"]
        words = ["up", "--no-browser", "--port", "0"]
        with (Path(folder) / "up.log").open("wb") as log:
            dashboard = subprocess.Popen(
                [*command, *words], cwd=folder, env=environment, stdout=log, stderr=log
            )
        try:
            yield World(home, _client(home))
        finally:
            subprocess.run([*command, "down"], cwd=folder, env=environment, capture_output=True)
            dashboard.wait(30)


def _client(home: Path) -> httpx2.Client:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        try:
            at = json.loads((home / "run" / "dashboard.json").read_text())
            client = httpx2.Client(
                base_url=f"http://127.0.0.1:{at['port']}",
                headers={"Authorization": "Bearer benchmark-token-benchmark-token"},
                timeout=30,
            )
            if client.get("/healthz").status_code == 200:
                return client
        except (OSError, ValueError, httpx2.HTTPError):
            pass
        time.sleep(0.2)
    raise TimeoutError(f"the system in {home} was not ready within {READY_S:.0f} s")
