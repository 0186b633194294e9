"""Who listens to what: market streams by name, accounts by number.

A message is built and written once, and only if somebody subscribed.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, Protocol

from tradefleet.exchange.books.tape import Aggregate, Printed
from tradefleet.exchange.connection import compact
from tradefleet.exchange.decimals import amount
from tradefleet.exchange.time_units import in_microseconds


class StreamMessage:
    """A message of a stream, written once for each unit of time somebody wants."""

    def __init__(self, value: Any) -> None:
        """Hold a JSON value whose times are milliseconds."""
        self._value = value

    @cached_property
    def text(self) -> str:
        """The message with times in milliseconds."""
        return compact(self._value)

    @cached_property
    def fine_text(self) -> str:
        """The message with times in microseconds."""
        return compact(in_microseconds(self._value))


class StreamListener(Protocol):
    """A connection that follows market streams."""

    def market_message(self, stream: str, message: StreamMessage) -> None:
        """Send a message of a stream."""


class AccountListener(Protocol):
    """A connection that follows an account."""

    def account_message(self, uid: int, event: dict[str, Any]) -> None:
        """Send an event of an account."""

    def terminate(self) -> None:
        """Say that the events end here."""


class Interference(Protocol):
    """Something between the exchange and those who listen, on a bad day."""

    def __call__(self, name: str, group: str | int, send: Callable[[], None]) -> None:
        """Send a message once, or not at all, or twice, or later.

        Args:
            name: of the stream, or the kind of an account's event.
            group: messages of one group reach those who listen one after the other.
            send: sends it to those who listen now.
        """


class Broadcast:
    """All subscriptions; the `Audience` of the engine.

    Attributes:
        interference: None = messages go straight out.
    """

    def __init__(self) -> None:
        self.interference: Interference | None = None
        self._streams: dict[str, set[StreamListener]] = {}
        self._accounts: dict[int, set[AccountListener]] = {}
        self._unfinished: dict[str, list[Printed]] = {}  # the aggregate in hand by symbol
        self._will_flush = False

    # market streams

    def follow(self, stream: str, listener: StreamListener) -> None:
        """Send a stream to a listener from now on."""
        self._streams.setdefault(stream, set()).add(listener)

    def leave(self, stream: str, listener: StreamListener) -> None:
        """Send a stream no more."""
        listeners = self._streams.get(stream)
        if listeners is not None:
            listeners.discard(listener)
            if not listeners:
                del self._streams[stream]

    def streams(self) -> Iterable[str]:
        """Return the streams that somebody follows."""
        return list(self._streams)

    def publish(self, stream: str, message: Any) -> None:
        """Send a message to all who follow a stream."""
        if stream in self._streams:
            told = StreamMessage(message)
            if self.interference is None:
                self._publish(stream, told)
            else:
                self.interference(stream, stream, lambda: self._publish(stream, told))

    def _publish(self, stream: str, message: StreamMessage) -> None:
        for listener in tuple(self._streams.get(stream, ())):
            listener.market_message(stream, message)

    # accounts

    def follow_account(self, uid: int, listener: AccountListener) -> None:
        """Send the events of an account to a listener from now on."""
        self._accounts.setdefault(uid, set()).add(listener)

    def leave_account(self, uid: int, listener: AccountListener) -> None:
        """Send the events of an account no more."""
        self._accounts.get(uid, set()).discard(listener)

    def listens(self, uid: int) -> bool:
        """Whether anybody follows this account."""
        return bool(self._accounts.get(uid))

    def account_event(self, uid: int, event: dict[str, Any]) -> None:
        """Send an event to all who follow an account."""
        if self.interference is None:
            self._tell(uid, event)
        else:
            self.interference(event["e"], uid, lambda: self._tell(uid, event))

    def _tell(self, uid: int, event: dict[str, Any]) -> None:
        for listener in tuple(self._accounts.get(uid, ())):
            listener.account_message(uid, event)

    def end_accounts(self) -> None:
        """End all that follows accounts, as the exchange may do at any time."""
        for listener in {one for listeners in self._accounts.values() for one in listeners}:
            listener.terminate()

    # trades

    def traded(self, printed: Printed) -> None:
        """Send a trade to all who follow the symbol's trades; aggregates once they are whole."""
        if not self._streams:
            return
        symbol = printed.trade.symbol.lower()
        if f"{symbol}@trade" in self._streams:
            self.publish(f"{symbol}@trade", _trade(printed))
        if f"{symbol}@aggTrade" in self._streams:
            self._collect(printed)

    def _collect(self, printed: Printed) -> None:
        symbol = printed.trade.symbol
        parts = self._unfinished.setdefault(symbol, [])
        if parts and parts[0].aggregate != printed.aggregate:
            self._tell_aggregate(symbol)
            parts = self._unfinished.setdefault(symbol, [])
        parts.append(printed)
        if not self._will_flush:
            with contextlib.suppress(RuntimeError):  # outside of a server somebody else flushes
                asyncio.get_running_loop().call_soon(self.flush)
                self._will_flush = True

    def flush(self) -> None:
        """Tell the aggregates in hand: what caused them is done."""
        self._will_flush = False
        for symbol in tuple(self._unfinished):
            self._tell_aggregate(symbol)

    def _tell_aggregate(self, symbol: str) -> None:
        whole = Aggregate.of(self._unfinished.pop(symbol))
        self.publish(f"{symbol.lower()}@aggTrade", _aggregate(whole))


def _trade(printed: Printed) -> dict[str, Any]:
    trade = printed.trade
    return {
        "e": "trade",
        "E": trade.time,
        "s": trade.symbol,
        "t": printed.id,
        "p": amount(trade.price),
        "q": amount(trade.quantity),
        "T": trade.time,
        "m": trade.buyer_is_maker,
        "M": True,
    }


def _aggregate(whole: Aggregate) -> dict[str, Any]:
    return {
        "e": "aggTrade",
        "E": whole.time,
        "s": whole.symbol,
        "a": whole.id,
        "p": amount(whole.price),
        "q": amount(whole.quantity),
        "f": whole.first,
        "l": whole.last,
        "T": whole.time,
        "m": whole.buyer_is_maker,
        "M": True,
    }
