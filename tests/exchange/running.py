"""The exchange as a process, and a client of it."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import httpx2

from tests.exchange.desk import sign

KEY, SECRET = "process-key", "process-secret"
PATIENCE_S = 120.0
ROOT = Path(__file__).parents[2]


class Running:
    """A running exchange and a client of it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.ready = folder / "run" / "exchange.json"
        self.process = start(folder, *arguments)
        self.port = self._port()
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}")

    def _port(self) -> int:
        """Read on until it says where it listens."""
        said = ""
        for line in self.process.stdout:
            said += line
            if line.startswith("exchange ("):
                return int(line.rpartition(":")[2])
        raise AssertionError(said)

    def get(self, path: str, **params: str):
        """A public answer."""
        return self.client.get(f"/api/v3{path}", params=params).json()

    def send(self, method: str, path: str, **params: str) -> httpx2.Response:
        query = urlencode({**params, "timestamp": self.now()})
        return self.client.request(
            method,
            f"/api/v3{path}?{query}&signature={sign(query, SECRET)}",
            headers={"X-MBX-APIKEY": KEY},
        )

    def now(self) -> int:
        return self.client.get("/api/v3/time").json()["serverTime"]

    def end(self, number: int) -> tuple[int, str]:
        self.process.send_signal(number)
        said, _ = self.process.communicate(timeout=PATIENCE_S)
        self.client.close()
        return self.process.returncode, said


def start(folder: Path, *arguments: str) -> subprocess.Popen:
    account = ["--api-key", KEY, "--api-secret", SECRET]
    words = [sys.executable, "-m", "tradefleet", "exchange", "--port", "0", "--seed", "7"]
    return subprocess.Popen(
        [*words, *account, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "TRADEFLEET_HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
