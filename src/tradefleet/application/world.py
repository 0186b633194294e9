"""The world a bot trades in, as its process is given it."""

from collections.abc import Callable
from dataclasses import dataclass

from tradefleet.application.surroundings import Surroundings
from tradefleet.domain.bot import Bot
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.plan import Enter, Stay
from tradefleet.ports.clock import Clock
from tradefleet.ports.exchange import Broker, MarketData
from tradefleet.ports.news import News
from tradefleet.ports.notices import Findings


@dataclass(frozen=True, slots=True)
class World:
    """What a trader trades in: the exchange, the time, the news and where it says what is wrong.

    Attributes:
        is_frozen: whether the paper market's live prices stand still.
        surroundings: what rules may look at beyond the bot; None where it is alone.
        licence: bounds each entry with real money, or forbids it; None where money is pretended.
    """

    market: MarketData
    broker: Broker
    clock: Clock
    news: News
    findings: Findings
    is_frozen: Callable[[], bool] = lambda: False
    surroundings: Surroundings | None = None
    licence: Callable[[Bot, Ledger, Enter], Enter | Stay] | None = None
