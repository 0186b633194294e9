"""Research whose end the test decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tradefleet.domain.errors import InputError
from tradefleet.ports.runs import Kind, Run, State


@dataclass
class PlayedRuns:
    """Keeps `Runs`; nothing happens to a run but what the test does to it."""

    runs: dict[str, Run] = field(default_factory=dict)
    words: list[list[str]] = field(default_factory=list)
    documents: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def start(
        self,
        kind: Kind,
        words: Sequence[str],
        asked: Mapping[str, Any],
        given: Path | None = None,
    ) -> Run:
        self.words.append([*words, *([str(given)] if given else [])])
        run = Run(f"{len(self.words):012x}-000000", kind, dict(asked), 1_800_000_000_000)
        self.runs[run.id] = run
        return run

    def all(self, kind: Kind) -> Sequence[Run]:
        return [run for run in self.runs.values() if run.kind is kind][::-1]

    def get(self, run_id: str) -> Run:
        if run_id not in self.runs:
            raise InputError(f"there is no run {run_id!r}", field="run", code="unknown_run")
        return self.runs[run_id]

    def document(self, run_id: str) -> Mapping[str, Any]:
        if not self.get(run_id).has_result:
            raise InputError("it has no result", field="run", code="no_result")
        return self.documents[run_id]

    def cancel(self, run_id: str) -> Run:
        return self.change(run_id, state=State.CANCELLED)

    def forget(self, run_id: str) -> None:
        self.get(run_id)
        del self.runs[run_id]

    def change(self, run_id: str, **news: Any) -> Run:
        """Let something become of a run."""
        self.runs[run_id] = replace(self.get(run_id), **news)
        return self.runs[run_id]

    def end(self, run_id: str, document: Mapping[str, Any]) -> Run:
        """Let a run end with a result."""
        self.documents[run_id] = document
        small = {k: v for k, v in document.items() if k != "drawn" and not isinstance(v, list)}
        return self.change(run_id, state=State.DONE, has_result=True, brief=small)
