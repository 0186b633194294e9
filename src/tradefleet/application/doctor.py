"""The doctor: what works, what does not, and how to mend it.

A probe looks at one thing and returns a finding; a probe that fails itself becomes a finding too,
so one broken part never hides the rest.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tradefleet.domain.errors import TradefleetError


@dataclass(frozen=True, slots=True)
class Checkup:
    """What one probe found.

    Attributes:
        name: what was looked at.
        ok: True works, False does not, None is worth knowing but breaks nothing.
        text: what was found, in plain words.
        mend: what to do about it; empty where nothing is to be done.
    """

    name: str
    ok: bool | None
    text: str
    mend: str = ""


Probe = Callable[[], Iterable[Checkup]]


def examine(probes: Iterable[tuple[str, Probe]]) -> Iterator[Checkup]:
    """Yield what every probe finds, in order.

    Args:
        probes: the name to use where a probe fails itself, and the probe.
    """
    for name, probe in probes:
        try:
            yield from probe()
        except (TradefleetError, OSError) as error:
            yield Checkup(name, ok=False, text=str(error))
