"""The paper exchange of an installation: its market, its account, how it is started and found."""

import socket
from pathlib import Path

import httpx2

from tradefleet.adapters.binance.broker import BinanceBroker
from tradefleet.adapters.binance.budget import Budget
from tradefleet.adapters.binance.hosts import HOSTS
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.market import BinanceMarketData
from tradefleet.adapters.binance.rest import Rest
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.bootstrap.installation import Installation
from tradefleet.bootstrap.paper_address import paper_address, paper_port
from tradefleet.domain.errors import AccessDeniedError, ExchangeError, SettingsError

PORT = 5002
REACHABLE_S = 3.0
LIVE, SYNTHETIC = "live", "synthetic"


class PaperExchange:
    """How one installation's paper exchange is started and found."""

    def __init__(self, made: Installation) -> None:
        self._made = made
        self._folder = made.folder

    @property
    def address(self) -> str:
        """Its `http://host:port`; empty before it says that it listens."""
        return paper_address(self._folder) if self._folder.exchange_address.exists() else ""

    @property
    def market(self) -> str:
        """What it trades: `live`, `synthetic` or a path; empty before the first start."""
        return str((self._folder.read(self._folder.market) or {}).get("market", ""))

    def arguments(self) -> list[str]:
        """Return how to start it; settles the market the first time and keeps it.

        Raises:
            SettingsError: another market is wanted while a position is open.
        """
        fresh = self._settle_market()
        self._folder.exchange_address.unlink(missing_ok=True)  # of an exchange that is gone
        words = self.arguments_again(_free_port(paper_port(self._folder)))
        return [*words, "--fresh"] if fresh else words

    def arguments_again(self, port: int | None = None) -> list[str]:
        """Return how to start it once more after it died, on the port everybody knows.

        Args:
            port: None = the one it listened on before; 0 = any free one.
        """
        seed = str(self._made.settings.paper_seed)
        known = paper_port(self._folder) if port is None else port
        words = ["exchange", "--port", str(known), "--seed", seed]
        return [*words, "--market", self.market or SYNTHETIC]

    def is_ready(self) -> bool:
        """Return whether it answers and knows our key.

        Raises:
            AccessDeniedError: something else listens there; it is never used.
        """
        if not self.address:
            return False
        clock = ExchangeClock()
        credentials = Credentials(*self._folder.paper_account())
        rest = Rest(self.address, clock, Budget(clock), credentials)
        try:
            BinanceBroker(rest, BinanceMarketData(rest, clock)).balances()
        except AccessDeniedError as error:
            raise AccessDeniedError(
                f"the exchange at {self.address} does not know our key; it is not ours and is not"
                " used"
            ) from error
        except ExchangeError:
            return False
        self._folder.write(
            self._folder.market, {"market": self.market, "port": paper_port(self._folder)}
        )
        return True

    def _settle_market(self) -> bool:
        wanted = self._made.settings.paper_market or self.market
        if not wanted:
            wanted = LIVE if _binance_answers() else SYNTHETIC
        elif wanted not in (LIVE, SYNTHETIC):
            wanted = str(_existing(wanted))
        changed = bool(self.market) and wanted != self.market
        if changed:
            self._refuse_while_holding(wanted)
        port = paper_port(self._folder)
        self._folder.write(self._folder.market, {"market": wanted, "port": port})
        return changed

    def _refuse_while_holding(self, wanted: str) -> None:
        books = self._made.records.totals()
        if holding := [str(bot_id) for bot_id, figures in books.items() if figures.quantity]:
            raise SettingsError(
                f"PAPER_MARKET: expected {self.market}, was {wanted}: bots {', '.join(holding)} "
                "hold positions, and another market means a new account. Let them sell first "
                "(tradefleet down --sell), or set PAPER_MARKET back."
            )


def _existing(path: str) -> Path:
    found = Path(path).expanduser().absolute()
    if not found.exists():
        raise SettingsError(f"PAPER_MARKET: expected live, synthetic or a file, was {path!r}")
    return found


def _binance_answers() -> bool:
    try:
        return httpx2.get(f"{HOSTS['live'].rest}/api/v3/ping", timeout=REACHABLE_S).is_success
    except httpx2.HTTPError:
        return False


def _free_port(before: int) -> int:
    """Return the port it had before, which living bots know, or 5002, or 0: any free one."""
    return next((port for port in (before, PORT) if port and _is_free(port)), 0)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
