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
        path: what it strikes: `POST /api/v3/order` or `order.place`; `*` stands for any text,
            empty = everything its kind may strike.
        times: how often it strikes; 0 = always.
        skip: so many that fit are spared first.
        probability: that it strikes one that fits, 0 to 1.
        for_ms: once it struck, it strikes all that fit for so long; 0 = it does not.
        values: the fields of its kind.
    """

    kind: Kind
    path: str = ""
    times: int = 0
    skip: int = 0
    probability: float = 1.0
    for_ms: int = 0
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
    met: int = 0
    struck: int = 0
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
        self._rows = [_Row(fault, given) for fault, given in rows]
        self._random = Random(seed)
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

    def view(self) -> dict[str, Any]:
        """Return the table as it was written, with how often each row met and struck."""
        return {
            "seed": self.seed,
            "faults": [{**row.given, "met": row.met, "struck": row.struck} for row in self._rows],
        }

    def _strikes(self, row: _Row, now: int) -> bool:
        fault = row.fault
        row.met += 1
        if now < row.until:
            row.struck += 1
            return True
        if row.met <= fault.skip or (fault.times and row.struck >= fault.times):
            return False
        if fault.probability < 1 and self._random.random() >= fault.probability:
            return False
        row.struck += 1
        row.until = now + fault.for_ms
        return True
