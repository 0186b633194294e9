"""Promises about research that takes its time: commands in processes of their own, kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol


class Kind(StrEnum):
    """What a run is of."""

    BACKTEST = "backtest"
    CHECK = "check"
    OPTIMISE = "optimise"
    CANDLES = "candles"  # taken in from a file, or downloaded


class State(StrEnum):
    """Where a run stands; only `running` changes by itself."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"  # by the person; what was done until then may be kept
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Run:
    """A command of research.

    Attributes:
        asked: what the person wanted, as the form had it.
        share: how much of it is done, 0 to 1; None = unknown.
        progress: its newest words about that.
        problem: why it failed.
        has_result: whether there is a document, perhaps of an interrupted run.
        brief: what the document says in few words: everything in it but lists and drawings.
    """

    id: str
    kind: Kind
    asked: Mapping[str, Any]
    started_at: int
    state: State = State.RUNNING
    share: float | None = None
    progress: str = ""
    problem: str = ""
    has_result: bool = False
    brief: Mapping[str, Any] = field(default_factory=dict)


class Runs(Protocol):
    """Starts runs and keeps the last of each kind, whatever becomes of who started them."""

    def start(
        self,
        kind: Kind,
        words: Sequence[str],
        asked: Mapping[str, Any],
        given: Path | None = None,
    ) -> Run:
        """Start a command.

        Args:
            kind: of the run.
            words: what comes after `tradefleet`.
            asked: what the person wanted, as the form had it.
            given: a file that is the command's last word. It is moved away from where it lies, and
                gone when the command has ended.

        Raises:
            InputError: as many run as may at once.
        """

    def all(self, kind: Kind) -> Sequence[Run]:
        """Return the runs of a kind, the newest first."""

    def get(self, run_id: str) -> Run:
        """Return a run; `InputError` if there is none."""

    def document(self, run_id: str) -> Mapping[str, Any]:
        """Return what a run found; `InputError` if there is nothing.

        Of a command that prints a list, that is its `parts`.
        """

    def cancel(self, run_id: str) -> Run:
        """Ask a run to end now; it keeps what is done. One that has ended stays as it is."""

    def forget(self, run_id: str) -> None:
        """Take a run away for good, ending it first."""
