"""Workers that are none: the job is done at once, where it is asked for."""

from collections.abc import Callable, Iterable, Iterator

from tradefleet.domain.errors import TradefleetError, WorkerError
from tradefleet.ports.workers import Found, Item


class InLine:
    def each(
        self, job: Callable[[Item], Found], items: Iterable[Item]
    ) -> Iterator[tuple[Item, Found]]:
        for item in items:
            try:
                found = job(item)
            except TradefleetError:
                raise
            except Exception as error:
                raise WorkerError(f"a worker failed at {item!r}: {error}") from error
            yield item, found
