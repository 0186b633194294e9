"""The peers, and the harness that plays each of them in its own interpreter."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

LONGEST = 570.0  # seconds a peer may take for a turn
REASON = 100  # characters of why a peer failed
WHOLE = {"w1": 1, "w2": 1_000, "w3": 50}  # runs, combinations, symbols


class Peer(NamedTuple):
    """Another engine.

    Attributes:
        environment: its folder below that of all environments.
        adapter: its module in the harness.
        package: whose version is told.
        runs: of W1 in a turn, the middle one counts; more than 1 where the first one compiles.
        combinations, symbols: how many of W2 and W3 it really plays, the rest is extrapolated;
            no combinations = what 1,000 runs of W1 would take.
    """

    name: str
    environment: str
    adapter: str
    package: str
    runs: int = 1
    combinations: int = 0
    symbols: int = 3


PEERS = (
    Peer("bare kernel on numba", "base", "limit", "numba", 25, 1000, 50),
    Peer("vectorbt[rust]", "vbtr", "vectorbt_rs_peer", "vectorbt", 5, 200, 50),
    Peer("vectorbt", "vbt", "vectorbt_peer", "vectorbt", 5, 200, 50),
    Peer("backtesting.py", "bt_py", "backtesting_py", "backtesting", 3, 20, 10),
    Peer("jesse", "jesse", "jesse_peer", "jesse"),
    Peer("nautilus_trader", "nautilus", "nautilus_peer", "nautilus_trader"),
    Peer("freqtrade", "freq", "freqtrade_peer", "freqtrade"),
    Peer("backtrader", "btrader", "backtrader_peer", "backtrader"),
)


class Took(NamedTuple):
    """What a turn took, in seconds, scaled to the whole work; `played` of it was really done."""

    cpu: float
    wall: float
    trades: int
    played: int


class Failed(NamedTuple):
    """Why there is no figure, in words."""

    reason: str


class Harness(NamedTuple):
    """Where it lies, where the peers' environments lie, and where the candles do."""

    folder: Path
    environments: Path
    data: Path

    def installed(self) -> list[Peer]:
        """Return the peers whose environment has an interpreter."""
        return [peer for peer in PEERS if os.access(self._python(peer), os.X_OK)]

    def make_candles(self, peer: Peer) -> Failed | None:
        """Let the harness make its market, 50 symbols; return why it could not."""
        told = self._run(peer, "gen_data.py", str(WHOLE["w3"]))
        return told if isinstance(told, Failed) else None

    def version(self, peer: Peer) -> str:
        """Return the version that is installed, empty if it does not say."""
        look = f"import importlib.metadata as m; print(m.version({peer.package!r}))"
        told = self._run(peer, "-c", look)
        return "" if isinstance(told, Failed) else told.strip()

    def ask(self, peer: Peer, work: str) -> Took | Failed:
        """Return what one turn of the peer took, in a fresh process.

        Args:
            peer: who is to play.
            work: `w1`, `w2` or `w3`; a sweep only where the peer plays combinations.
        """
        options: dict[str, dict[str, Any]] = {
            "w1": {"inner": peer.runs},
            "w2": {"n": peer.combinations, "jobs": 2, "prewarm": True},
            "w3": {"n": peer.symbols},
        }
        told = self._run(peer, "child.py", work, peer.adapter, json.dumps(options[work]))
        if isinstance(told, Failed):
            return told
        lines = [line for line in told.splitlines() if line.startswith("@@")]
        return _took(work, json.loads(lines[-1][2:])) if lines else Failed("it told no figure")

    def _python(self, peer: Peer) -> Path:
        return self.environments / peer.environment / "bin" / "python"

    def _run(self, peer: Peer, *words: str) -> str | Failed:
        """Return what the peer's interpreter prints, or why it failed."""
        named = {"PEERS": str(self.environments), "BENCH_DATA": str(self.data)}
        surroundings = {**os.environ, **named, "PYTHONWARNINGS": "ignore"}
        for of_ours in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):
            surroundings.pop(of_ours, None)
        try:
            done = subprocess.run(
                [str(self._python(peer)), *words],
                capture_output=True,
                text=True,
                env=surroundings,
                cwd=self.folder,
                timeout=LONGEST,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Failed(f"took more than {LONGEST:.0f} s")
        except OSError as error:
            return Failed(f"its interpreter does not start: {error.strerror}")
        return Failed(_last_words(done)) if done.returncode else done.stdout


def _last_words(done: subprocess.CompletedProcess[str]) -> str:
    """Return the last line that a process which failed had to say."""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return lines[-1][:REASON] if lines else f"ended with exit code {done.returncode}"


def _took(work: str, told: dict[str, Any]) -> Took:
    """Read the harness's figures."""
    names = ("cpu_s", "sweep_s") if work == "w2" else ("engine_cpu_s", "engine_s")
    played = told.get({"w2": "n", "w3": "symbols"}.get(work, ""), 1)
    cpu, wall = (told[name] * WHOLE[work] / played for name in names)
    return Took(cpu, wall, told.get("trades", 0), played)
