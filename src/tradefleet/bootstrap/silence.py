"""What outlives every process that asked the exchange too much: until when all are silent."""

import logging
from collections.abc import Callable
from contextlib import suppress

from tradefleet.domain.errors import StoreError
from tradefleet.ports.clock import Clock
from tradefleet.ports.records import Snapshots

NAME = "silence"

_log = logging.getLogger(__name__)


def remembered(snapshots: Snapshots | None) -> int:
    """Return until when the exchange asked for silence, UTC milliseconds; 0 if it never did."""
    with suppress(StoreError):
        if snapshots is not None and (known := snapshots.get(NAME)) is not None:
            return int(known.value["until"])
    return 0


def remember(snapshots: Snapshots | None, clock: Clock) -> Callable[[int], None]:
    """Return what writes down until when to be silent, at once."""

    def write(until: int) -> None:
        if snapshots is None:
            return
        try:
            snapshots.put(NAME, {"until": until}, clock.now())
        except StoreError as error:
            _log.warning("the silence the exchange asked for was not written down: %s", error)

    return write
