"""Promises of the exchange: market data, orders, and the bell that rings when something happens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from tradefleet.domain.candle import Candles
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.order import Fill, Order, OrderList, OrderRequest, ProtectionRequest


@dataclass(frozen=True, slots=True)
class Price:
    """A last price and when it was true."""

    value: Decimal
    at: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What the wallet holds of one asset."""

    free: Decimal = Decimal(0)
    locked: Decimal = Decimal(0)


class MarketData(Protocol):
    """Public market data."""

    def instrument(self, symbol: str) -> Instrument:
        """Return a symbol's rules; `InputError` (`unknown_symbol`) if the exchange has none."""

    def closed_candles(self, symbol: str, interval: str, count: int) -> Candles:
        """Return the newest `count` closed candles, or all there are, oldest first."""

    def price(self, symbol: str) -> Price:
        """Return the last price; `DataError` if there is none."""

    def spread(self, symbol: str) -> Decimal | None:
        """Return how far bid and ask are apart, in percent of their middle.

        None where the book has no two sides, or they are crossed.
        """


class Broker(Protocol):
    """Orders of one account. Every order has three outcomes: done, refused, unknown."""

    @property
    def settle_ms(self) -> int:
        """After this long an order that was not found can no longer come to life."""

    def place(self, request: OrderRequest, since: float | None = None) -> Order:
        """Send an order once.

        Args:
            request: the order.
            since: the clock's `monotonic` when it was decided: long after that it is not sent any
                more. None = now.

        Raises:
            OrderRefusedError: it did not happen.
            ExchangeUnavailableError: it did not happen, nothing was accepted.
            OutcomeUnknownError: it may have happened; ask `find`, never send again.
        """

    def protect(self, request: ProtectionRequest, since: float | None = None) -> OrderList:
        """Send stop and target once; arguments and errors as `place`.

        A single order comes as a list of one.
        """

    def enter(
        self, entry: OrderRequest, protection: ProtectionRequest, since: float | None = None
    ) -> tuple[Order, OrderList]:
        """Send a limit buy, its stop, its target or both once, as one list; as `place`.

        The legs work as soon as the entry has filled whole, for what it brought.
        """

    def find(self, symbol: str, client_order_id: str) -> Order | None:
        """Return the order with its fills, or None if the exchange does not know it (yet)."""

    def find_protection(self, request: ProtectionRequest) -> OrderList | None:
        """Return the protection as it stands, fills included, or None if it is not known (yet)."""

    def cancel_protection(
        self, request: ProtectionRequest, since: float | None = None
    ) -> OrderList:
        """Cancel what still rests; return the final state, in which a leg may have been filled.

        `since` as for `place`.
        """

    def replace_stop(
        self, old: ProtectionRequest, new: ProtectionRequest, since: float | None = None
    ) -> tuple[OrderList, OrderList]:
        """Put one lone stop in the place of another, in one request; return both as they stand.

        Only while nothing of the old one is filled. Arguments and errors as `place`; a refusal
        says that the new one was not placed, and nothing of the old one: ask `find_protection`.
        """

    def search(self, request: OrderRequest | ProtectionRequest, since: int) -> tuple[Order, ...]:
        """Look for what `find` does not know in every list of the account; () = in none.

        The proof that it never was placed. What is found comes without a promise of its fills.
        `since` is when it was written down, UTC milliseconds.
        """

    def open_orders(self, symbol: str) -> tuple[Order, ...]:
        """Return all resting orders of the account in one symbol."""

    def balances(self) -> Mapping[str, Balance]:
        """Return the wallet; assets that are not held may be absent."""

    def commission(self, symbol: str) -> Decimal:
        """Return the largest part of a buy that may be taken as commission; 0.001 = 0.1 %."""

    def fills_since(self, symbol: str, trade_id: int) -> tuple[Fill, ...]:
        """Return the account's fills with a trade id of at least `trade_id`, oldest first."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What the account and its key may do.

    Attributes:
        trade: it may trade.
        withdraw: the key may move money away; None where the exchange does not tell.
        fixed_address: the key works from chosen addresses only; None where that is not told.
    """

    trade: bool
    withdraw: bool | None = None
    fixed_address: bool | None = None


class RingKind(StrEnum):
    """What a bell rang for."""

    CANDLE = "candle"
    ACCOUNT = "account"
    HUB_LOST = "hub_lost"


@dataclass(frozen=True, slots=True)
class Ring:
    """A hint that something happened; the truth is fetched, never taken from the ring.

    Attributes:
        client_order_id: of the order that changed (`ACCOUNT`), else empty.
    """

    kind: RingKind
    symbol: str = ""
    client_order_id: str = ""


class Bell(Protocol):
    """Wakes a bot when a candle closes or one of its orders changes."""

    def fileno(self) -> int:
        """Return a descriptor to wait on, or -1 while there is no hub."""

    def watch(self, symbol: str, interval: str, order_prefix: str) -> None:
        """Say what to be woken for; survives the hub's restarts."""

    def heard(self) -> tuple[Ring, ...]:
        """Return what rang since the last call, without waiting; reconnects if need be."""


class ChartData(Protocol):
    """Candles for the eye, from the hub; never for a decision."""

    def candles(self, symbol: str, interval: str, limit: int) -> Sequence[Sequence[Any]]:
        """Return `[open_time, open, high, low, close, volume]`, prices as texts, oldest first.

        Up to 1,000 the newest may still be open; of more, up to 10,000, all are closed. Raises
        `DataError` where the hub does not answer.
        """
