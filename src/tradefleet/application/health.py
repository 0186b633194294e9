"""Whether all is well: the processes that should live, and what is wrong now."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradefleet.ports.clock import Clock
from tradefleet.ports.notices import Finding, Severity
from tradefleet.ports.records import Snapshots

# A process says that it lives at least every 5 s.
SILENT_AFTER_MS = 15_000

WORDS = {
    "exchange": "the exchange does not answer: nothing new is bought or sold",
    "hub": "the hub is silent: prices and wallet grow old, bots work alone and nobody watches them",
    "host": "the host is silent: no bot is started or restarted",
    "guardian": "the guardian is silent: nobody watches over the bots or sends alarms",
}


@dataclass(frozen=True, slots=True)
class ProcessHealth:
    """One process; `age_ms` since it last said that it lives, None if it never did."""

    name: str
    ok: bool
    age_ms: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Health:
    """`state` is `ok`, `look` (amber) or `act` (red); `sentence` says why."""

    state: str
    sentence: str
    processes: tuple[ProcessHealth, ...]


@dataclass(frozen=True, slots=True)
class Launcher:
    """How bots get their processes, and why so."""

    name: str
    sentence: str


def look_at_processes(snapshots: Snapshots, clock: Clock, wall: Clock) -> tuple[ProcessHealth, ...]:
    """Return the health of every process `up` starts, the exchange among them.

    Args:
        clock: the exchange's, by which all but the host tell the time.
        wall: this machine's, which is the host's.
    """
    now = {name: (wall if name == "host" else clock).now() for name in WORDS}
    return tuple(_process(snapshots, name, now[name]) for name in WORDS)


def look_at_health(
    processes: tuple[ProcessHealth, ...], findings: Sequence[Finding], mode: str
) -> Health:
    """Return the health of the whole system, worst thing first."""
    silent = [WORDS[process.name] for process in _missed(processes)]
    if silent:
        return Health("act", _sentence(silent), processes)
    worst = next((f for f in findings if f.severity is Severity.ACT), None)
    if worst is not None:
        return Health("act", worst.text, processes)
    look = next((f for f in findings if f.severity is Severity.LOOK), None)
    if look is not None:
        return Health("look", look.text, processes)
    return Health("ok", f"All is well in {mode}.", processes)


def silence(
    processes: Sequence[ProcessHealth], findings: Sequence[Finding], now: int
) -> tuple[Finding, ...]:
    """Return findings of processes that fell silent, where the guardian has opened none.

    The guardian says so too, after a while; unless it is silent itself.
    """
    told = {finding.code for finding in findings}
    return tuple(
        Finding(f"{process.name}_silent", Severity.ACT, _sentence([WORDS[process.name]]), now - age)
        for process in _missed(processes)
        if (age := process.age_ms) is not None and f"{process.name}_silent" not in told
    )


def _missed(processes: Sequence[ProcessHealth]) -> tuple[ProcessHealth, ...]:
    """Return what is silent by itself: without the hub nobody tells how the exchange is."""
    missed = {process.name: process for process in processes if not process.ok}
    if "hub" in missed:
        missed.pop("exchange", None)
        missed.pop("guardian", None)
    return tuple(missed.values())


def look_at_launcher(snapshots: Snapshots) -> Launcher:
    """Return what the host says about itself."""
    host = snapshots.get("host")
    said = host.value if host is not None else {}
    return Launcher(said.get("launcher", ""), said.get("sentence", ""))


def _process(snapshots: Snapshots, name: str, now: int) -> ProcessHealth:
    snapshot = snapshots.get(name)
    if snapshot is None:
        return ProcessHealth(name, ok=False, age_ms=None, detail="has not started yet")
    age = max(0, now - snapshot.at)
    fine = age <= SILENT_AFTER_MS and bool(snapshot.value.get("ok", True))
    return ProcessHealth(name, fine, age, str(snapshot.value.get("detail", "")))


def _sentence(parts: list[str]) -> str:
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."
