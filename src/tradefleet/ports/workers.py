"""The promise about work that is done on several cores, or one day on several machines."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Found = TypeVar("Found")


class Workers(Protocol):
    """Do one job on many items, several at a time."""

    def each(
        self, job: Callable[[Item], Found], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Found]]:
        """Yield each item with what the job found for it, in the order they are done.

        An item is taken only when a worker is free, so that what is asked next may depend on what
        was found before. Whoever stops looking, or is interrupted, ends all workers.

        Args:
            job: must not lean on what other calls left behind; large things it needs belong into
                it, they travel once.
            items: small; they travel, and so does what is found (both must be picklable).

        Raises:
            TradefleetError: the job raised it.
            WorkerError: the job raised something else, or its worker died.
        """
