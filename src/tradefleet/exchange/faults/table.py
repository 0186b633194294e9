"""The table of faults in force, and which of its rows strikes next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from tradefleet.exchange.faults.kinds import Kind, Strikes


@dataclass(frozen=True, slots=True)
class Fault:
    """One row: something that goes wrong.

    Attributes:
        path: what it strikes: `POST /api/v3/order`, `order.place`, `btcusdt@trade` or
            `executionReport`; `*` stands for any text, empty = everything its kind may strike.
            A happening is set off by such a request as it arrives.
        times: how often it strikes; 0 = always.
        skip: so many that fit are spared first.
        probability: that it strikes one that fits, 0 to 1.
        for_ms: once it struck, it strikes all that fit for so long; 0 = it does not. A happening
            lasts so long; 0 = until the table changes.
        after: a request that sets a happening off once it was carried out.
        at_ms: so long after it was set off (or the table was put in force) it happens.
        values: the fields of its kind.
    """

    kind: Kind
    path: str = ""
    times: int = 0
    skip: int = 0
    probability: float = 1.0
    for_ms: int = 0
    after: str = ""
    at_ms: int = 0
    values: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        """Return a field of its kind."""
        return self.values[name]

    def fits(self, name: str) -> bool:
        """Whether it may strike what has this name."""
        return not self.path or fnmatchcase(name, self.path)


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that strikes.

    Attributes:
        left_ms: for how long it will strike all that fit; 0 = it strikes this one only.
    """

    fault: Fault
    left_ms: int = 0


@dataclass(slots=True)
class _Row:
    fault: Fault
    given: Mapping[str, Any]
    random: Random
    met: int = 0
    struck: int = 0
    failed: str = ""
    until: int = 0  # exchange time up to which it strikes all that fit


class FaultTable:
    """The rows in force, with what became of them."""

    def __init__(self, rows: Iterable[tuple[Fault, Mapping[str, Any]]] = (), seed: int = 0) -> None:
        """Put rows in force.

        Args:
            rows: faults, each with how it was written.
            seed: of the chances; the same seed and requests give the same strikes.
        """
        self.seed = seed
        self._rows = [
            _Row(fault, given, Random(f"{seed}/{number}"))
            for number, (fault, given) in enumerate(rows)
        ]
        self.strikes = frozenset(row.fault.kind.strikes for row in self._rows)

    def strike(
        self, name: str, now: int, *strikes: Strikes, only_named: bool = False
    ) -> Strike | None:
        """Return the first fault that fits and strikes, or None.

        Args:
            name: of the request or message.
            now: the exchange's time, UTC milliseconds.
            strikes: what the fault must be for.
            only_named: a fault without a path does not fit.
        """
        for row in self._rows:
            fault = row.fault
            if fault.kind.strikes not in strikes or not fault.fits(name):
                continue
            if (fault.path or not only_named) and self._strikes(row, now):
                return Strike(fault, max(0, row.until - now))
        return None

    def set_off(self, name: str, now: int, *, carried_out: bool) -> list[Fault]:
        """Return the happenings that a request sets off, as it arrives or once carried out."""
        found = []
        for row in self._rows:
            pattern = row.fault.after if carried_out else row.fault.path
            is_happening = row.fault.kind.strikes is Strikes.EXCHANGE
            if is_happening and pattern and fnmatchcase(name, pattern) and self._strikes(row, now):
                found.append(row.fault)
        return found

    def unprompted(self) -> list[Fault]:
        """Return the happenings that no request sets off; they count as struck."""
        found = []
        for row in self._rows:
            fault = row.fault
            if fault.kind.strikes is Strikes.EXCHANGE and not (fault.path or fault.after):
                row.met, row.struck = 1, 1
                found.append(fault)
        return found

    def failed(self, fault: Fault, why: str) -> None:
        """Note why a happening could not happen."""
        for row in self._rows:
            if row.fault is fault:
                row.failed = why

    def view(self) -> dict[str, Any]:
        """Return the table as it was written, with how often each row met and struck.

        A happening that could not happen says why (`failed`).
        """
        return {
            "seed": self.seed,
            "faults": [_view(row) for row in self._rows],
        }

    def _strikes(self, row: _Row, now: int) -> bool:
        fault = row.fault
        row.met += 1
        if now < row.until:
            row.struck += 1
            return True
        if row.met <= fault.skip or (fault.times and row.struck >= fault.times):
            return False
        if fault.probability < 1 and row.random.random() >= fault.probability:
            return False
        row.struck += 1
        if fault.kind.strikes is not Strikes.EXCHANGE:
            row.until = now + fault.for_ms
        return True


def _view(row: _Row) -> dict[str, Any]:
    failed = {"failed": row.failed} if row.failed else {}
    return {**row.given, "met": row.met, "struck": row.struck, **failed}
