"""A bot's ways to hub and exchange. Opens nothing before it is used: a host may fork it."""

from dataclasses import dataclass
from pathlib import Path

from tradefleet.adapters.binance.broker import BinanceBroker
from tradefleet.adapters.binance.budget import LONELY_ALLOWANCE, Budget
from tradefleet.adapters.binance.hosts import Hosts
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.market import BinanceMarketData
from tradefleet.adapters.binance.rest import Rest
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.adapters.hub.client import (
    HubBell,
    HubGovernor,
    HubLink,
    HubMarketData,
    set_clock,
)
from tradefleet.bootstrap.silence import remember, remembered
from tradefleet.ports.records import Snapshots


@dataclass(frozen=True, slots=True)
class BotSide:
    """What a bot's process trades with."""

    clock: ExchangeClock
    market: HubMarketData
    broker: BinanceBroker
    bell: HubBell
    link: HubLink
    rest: Rest

    def set_clock(self) -> None:
        """Take the exchange's time over from the hub, or measure it."""
        set_clock(self.link, self.rest.measure_clock)

    def close(self) -> None:
        """Hang up everywhere."""
        self.link.close()
        self.bell.close()
        self.rest.close()


def bot_side(
    hosts: Hosts,
    credentials: Credentials,
    hub_socket: Path,
    snapshots: Snapshots | None = None,
) -> BotSide:
    """Return a bot's side; call `set_clock` before the first order.

    Args:
        hosts: where the exchange is.
        credentials: of the account.
        hub_socket: where the hub answers, if there is one.
        snapshots: where a ban is remembered; without them it ends with this process.
    """
    clock = ExchangeClock()
    link = HubLink(hub_socket, clock)
    lonely = Budget(
        clock,
        allowance=LONELY_ALLOWANCE,
        silent_until=remembered(snapshots),
        on_silence=remember(snapshots, clock),
    )
    rest = Rest(hosts.rest, clock, HubGovernor(link, lonely), credentials)
    alone = BinanceMarketData(rest, clock, lonely.adopt_limits)
    market = HubMarketData(link, alone, clock.monotonic)
    broker = BinanceBroker(rest, market)
    return BotSide(clock, market, broker, HubBell(hub_socket, clock.monotonic), link, rest)
