"""A download made ready: the catalogue, Binance's dumps, an exchange to ask."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tradefleet.adapters.binance.budget import Budget
from tradefleet.adapters.binance.rest import Rest
from tradefleet.adapters.candles.catalogue import Catalogue
from tradefleet.adapters.candles.dumps import PublicDumps
from tradefleet.adapters.candles.klines import RestKlines
from tradefleet.adapters.clock import ExchangeClock, SystemClock
from tradefleet.application.download import Download, Order, Step
from tradefleet.bootstrap.installation import Installation
from tradefleet.domain.errors import SettingsError

__all__ = ["Order", "Step", "downloading"]

# Weight a minute, of the 6,000 an address may use: bots at the same address need theirs.
ALLOWANCE = 1_000


@contextmanager
def downloading(made: Installation, *, dumps: bool = True, rest: bool = True) -> Iterator[Download]:
    """Yield what fetches candles into an installation's catalogue.

    Args:
        made: whose catalogue, and where to ask.
        dumps: whether to ask for dumps.
        rest: whether to ask an exchange for what the dumps lack.
    """
    settings = made.settings
    dumps_url = _address("BINANCE_DUMPS_URL", settings.binance_dumps_url)
    data_url = _address("BINANCE_DATA_URL", settings.binance_data_url)
    clock = ExchangeClock()
    files = PublicDumps(dumps_url)
    klines = RestKlines(
        Rest(data_url, clock, Budget(clock, allowance=ALLOWANCE)), urlsplit(data_url).netloc
    )
    try:
        yield Download(
            Catalogue(made.folder.candles),
            files if dumps else None,
            klines if rest else None,
            SystemClock().now(),
            time.sleep,
        )
    finally:
        files.close()
        klines.close()


def _address(name: str, url: str) -> str:
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise SettingsError(f"{name}: expected an address such as https://example.org, was {url!r}")
    return url
