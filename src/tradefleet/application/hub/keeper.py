"""Keeps what the whole system looks at fresh, and writes it into the store with its age."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tradefleet.application.hub.hub import Budget, Hub, SharedClock, Source
from tradefleet.application.hub.jobs import Job
from tradefleet.domain.errors import ExchangeError, StoreError
from tradefleet.domain.instrument import plain
from tradefleet.ports.exchange import Balance
from tradefleet.ports.records import Snapshots

# Unchanged values are written again after this long, so that their age stays true.
REWRITE_S = 10.0
# What lives says so at least this often.
ALIVE_S = 4.0
CLOCK_S = 5.0
CLOCK_DRIFT_MS = 250
# An event this far from our clock did not merely travel long: the exchange's clock jumped.
EVENT_DRIFT_MS = 1_500
WALLET_S = 30.0
# Many orders at once change the wallet many times; it is fetched at most so often.
WALLET_PAUSE_S = 1.0
# What others did may not be in the wallet yet when it is told; it is then fetched once more.
AGAIN_S = 2.0

_log = logging.getLogger(__name__)


class MeasuredClock(SharedClock, Protocol):
    """A clock that knows how far it is from this machine's."""

    @property
    def offset_ms(self) -> int:
        """How far the exchange is ahead of this machine's wall clock."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """The keeper's ways to the exchange; the functions block.

    Attributes:
        server_time: the exchange's time now.
        measure_clock: brings our clock in line with it.
        wallet: what the account holds.
        streams: how the streams are, by name: `open` or why not.
        requests: how many requests this process sent.
    """

    source: Source
    server_time: Callable[[], int]
    measure_clock: Callable[[], None]
    wallet: Callable[[], Mapping[str, Balance]]
    streams: Callable[[], Mapping[str, str]]
    requests: Callable[[], int]


class Keeper:
    """Fetches prices, wallet, rules and time at their own rhythm; one writer of their snapshots.

    Attributes:
        wallet_seen: is called whenever a new wallet is in the store.
    """

    def __init__(
        self,
        hub: Hub,
        contacts: Contacts,
        clock: MeasuredClock,
        budget: Budget,
        snapshots: Snapshots,
        aside: Callable[[Callable[[], Any]], Awaitable[Any]],
    ) -> None:
        """Prepare; `aside` runs a blocking function elsewhere."""
        self._hub = hub
        self._contacts = contacts
        self._clock = clock
        self._budget = budget
        self._snapshots = snapshots
        self._aside = aside
        self._written: dict[str, tuple[Any, float]] = {}
        self._fresh: dict[str, tuple[Any, int]] = {}
        self._wallet: dict[str, dict[str, str]] = {}
        self.wallet_seen: Callable[[], None] = lambda: None
        self._wallet_bell = asyncio.Event()
        self._wallet_at = self._wallet_due_at = float("-inf")
        self._by_others = False
        self._measured_at = float("-inf")
        self._clock_due_at = float("-inf")
        self._trouble = "not reached yet"

    def jobs(self) -> tuple[Job, ...]:
        """Return everything to be done again and again."""
        return (
            Job("clock", self.keep_clock, 1.0),
            Job("symbols", self.keep_all_symbols, 3_600.0),
            Job("watched symbols", self.keep_watched_symbols, 60.0),
            Job("prices", self._hub.fetch_prices, 10.0),
            Job("tickers", self.keep_tickers, 60.0),
            Job("wallet", self.keep_wallet, WALLET_PAUSE_S, bell=self._wallet_bell),
            Job("feeds", self.look_after_feeds, 0.25),
            Job("snapshots", self.write, 2.0),
        )

    def wallet_changed(self, *, by_others: bool = False) -> None:
        """Fetch the wallet at once, unless that was done a moment ago."""
        self._by_others |= by_others
        self._wallet_due_at = min(self._wallet_due_at, self._wallet_at + WALLET_PAUSE_S)
        self._wallet_bell.set()

    async def keep_clock(self) -> None:
        """Ask the exchange for its time: proof that it answers, and that our clock is right."""
        now = self._clock.monotonic()
        if now < self._clock_due_at and abs(self._hub.drift_ms) < EVENT_DRIFT_MS:
            return
        self._clock_due_at, self._hub.drift_ms = now + CLOCK_S, 0
        try:
            there = await self._aside(self._contacts.server_time)
            drifted = abs(there - self._clock.now()) > CLOCK_DRIFT_MS
            if drifted or self._clock.monotonic() - self._measured_at > 600:
                await self._aside(self._contacts.measure_clock)
                self._measured_at = self._clock.monotonic()
            self._trouble = ""
        except ExchangeError as error:
            self._trouble = str(error)
            self._clock_due_at = now
            raise

    async def keep_all_symbols(self) -> None:
        """Fetch the rules of every symbol."""
        await self._hub.fetch_symbols()
        self._put_symbols()

    async def keep_watched_symbols(self) -> None:
        """Fetch the rules of the symbols that bots look at: a halt is noticed within a minute."""
        watched = sorted({symbol for symbol, _ in self._hub.feeds if symbol in self._hub.symbols})
        if watched:
            await self._hub.fetch_symbols(watched)
            self._put_symbols()

    async def keep_tickers(self) -> None:
        """Fetch the last 24 hours of every symbol."""
        tickers = await self._aside(self._contacts.source.day_tickers)
        self._fresh["tickers"] = (tickers, self._clock.now())

    async def keep_wallet(self) -> None:
        """Fetch the wallet where something happened, or it is old."""
        now = self._clock.monotonic()
        if now < self._wallet_due_at:
            return
        self._wallet_at, self._wallet_due_at = now, now + WALLET_S
        if self._by_others:
            self._by_others, self._wallet_due_at = False, now + AGAIN_S
        try:
            held = await self._aside(self._contacts.wallet)
        except ExchangeError:
            self._wallet_due_at = 0.0
            raise
        self._wallet = {
            asset: {"free": plain(balance.free), "locked": plain(balance.locked)}
            for asset, balance in held.items()
        }
        seen = self._fresh["wallet"] = (self._wallet, self._clock.now())
        await self._aside(lambda: self._put({"wallet": seen}))
        self.wallet_seen()

    async def look_after_feeds(self) -> None:
        """Fetch candles that are late."""
        self._hub.look_after_feeds()

    async def write(self) -> None:
        """Write what changed, and what would look old."""
        now = self._clock.now()
        prices, at = self._relevant_prices()
        if prices:
            self._fresh["prices"] = (prices, at)
        self._fresh["exchange"] = ({"ok": not self._trouble, "detail": self._trouble}, now)
        self._fresh["hub"] = (self._state(), now)
        due = {name: fresh for name, fresh in self._fresh.items() if self._is_due(name, fresh[0])}
        await self._aside(lambda: self._put(due))

    def _put(self, due: Mapping[str, tuple[Any, int]]) -> None:
        for name, (value, at) in due.items():
            try:
                self._snapshots.put(name, value, at)
            except StoreError as error:
                _log.warning("snapshot %s not written: %s", name, error)
                return
            self._written[name] = (value, self._clock.monotonic())

    def _is_due(self, name: str, value: Any) -> bool:
        written, at = self._written.get(name, (None, float("-inf")))
        age_s = self._clock.monotonic() - at
        if name in ("exchange", "hub"):
            return age_s >= ALIVE_S or value["detail"] != written["detail"]
        if name in ("exchange_info", "tickers"):
            return bool(value != written)
        return bool(value != written) or age_s >= REWRITE_S

    def _put_symbols(self) -> None:
        document = {"symbols": list(self._hub.symbols.values())}
        self._fresh["exchange_info"] = (document, self._clock.now())

    def _relevant_prices(self) -> tuple[dict[str, str], int]:
        """Return prices of what bots look at and the wallet holds, and the newest's time."""
        watched = {symbol for symbol, _ in self._hub.feeds}
        held = {s for s, row in self._hub.symbols.items() if row["baseAsset"] in self._wallet}
        known = self._hub.prices
        chosen = {s: known[s] for s in sorted(watched | held) if s in known}
        return {s: value for s, (value, _) in chosen.items()}, max(
            (at for _, at in chosen.values()), default=0
        )

    def _state(self) -> dict[str, Any]:
        streams = self._contacts.streams()
        return {
            "ok": True,
            "detail": "; ".join(f"{n} stream: {s}" for n, s in streams.items() if s != "open"),
            "streams": dict(streams),
            "bots": self._hub.listeners,
            "feeds": len(self._hub.feeds),
            "weight_used": self._budget.used,
            "weight_limit": self._budget.limit,
            "orders": {name: list(pair) for name, pair in self._budget.orders_used.items()},
            "requests": self._contacts.requests(),
            "held_back": self._budget.refused,
            "silent_until": self._budget.silent_until,
            "clock_offset_ms": self._clock.offset_ms,
            "clock_base_ms": self._clock.base_ms,
        }
