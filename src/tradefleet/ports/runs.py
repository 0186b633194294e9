"""Promises about research that takes its time: commands in processes of their own, kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol


class Kind(StrEnum):
    """What a run is of."""

    BACKTEST = "backtest"
    CHECK = "check"
    OPTIMISE = "optimise"


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

    def start(self, kind: Kind, words: Sequence[str], asked: Mapping[str, Any]) -> Run:
        """Start a command; `words` come after `tradefleet`.

        Raises:
            InputError: as many run as may at once.
        """

    def all(self, kind: Kind) -> Sequence[Run]:
        """Return the runs of a kind, the newest first."""

    def get(self, run_id: str) -> Run:
        """Return a run; `InputError` if there is none."""

    def document(self, run_id: str) -> Mapping[str, Any]:
        """Return what a run found; `InputError` if there is nothing."""

    def cancel(self, run_id: str) -> Run:
        """Ask a run to end now; it keeps what is done. One that has ended stays as it is."""

    def forget(self, run_id: str) -> None:
        """Take a run away for good, ending it first."""
