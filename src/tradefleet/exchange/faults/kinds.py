"""The kinds of faults: what each does and which fields it takes. Names are stable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from tradefleet.exchange.faults.fields import (
    AMOUNT,
    ASSET,
    BALANCES,
    CHANGE,
    CODE,
    FLAG,
    RULES,
    SHARE,
    SIGNED,
    STATUS,
    TEXT,
    WHOLE,
    Field,
    one_of,
)


class Strikes(Enum):
    """What a fault strikes."""

    REQUESTS = "requests of REST and of the WebSocket API"
    REST = "requests of REST"
    MESSAGES = "messages of streams"
    EXCHANGE = "the exchange itself"


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to go wrong.

    Attributes:
        does: what a client meets, in one line.
        fields: its own, by name, beside those that every fault has.
    """

    name: str
    strikes: Strikes
    does: str
    fields: Mapping[str, Field] = field(default_factory=dict)


def _kind(name: str, strikes: Strikes, does: str, *fields: Field) -> Kind:
    return Kind(name, strikes, does, {known.name: known for known in fields})


UNKNOWN_OUTCOME = -1007
_DELAY = Field("delay_ms", WHOLE, required=True)
_EXECUTED = Field("executed", FLAG, default=False)
_ERROR = (
    Field("code", CODE, default=UNKNOWN_OUTCOME),
    Field("status", STATUS),
    Field("message", TEXT),
    Field("retry_after", WHOLE, default=0),
)
_LATE = (_DELAY, Field("cut", FLAG, default=False), *_ERROR)

_REQUESTS = (
    _kind("delay", Strikes.REQUESTS, "is looked at after `delay_ms`", _DELAY),
    _kind("slow_answer", Strikes.REQUESTS, "is carried out, answered after `delay_ms`", _DELAY),
    _kind("dropped", Strikes.REQUESTS, "is lost: the connection is cut before anything happens"),
    _kind("lost_answer", Strikes.REQUESTS, "is carried out, then the connection is cut"),
    _kind("cut_body", Strikes.REQUESTS, "is carried out, the connection is cut amid the answer"),
    _kind("error_before", Strikes.REQUESTS, "is not carried out, the answer is an error", *_ERROR),
    _kind("error_after", Strikes.REQUESTS, "is carried out, the answer is an error", *_ERROR),
    _kind(
        "late",
        Strikes.REQUESTS,
        "is answered with an error (or `cut`), arrives after `delay_ms` and is judged then",
        *_LATE,
    ),
    _kind(
        "late_engine",
        Strikes.REQUESTS,
        "is answered with an error (or `cut`), carried out after `delay_ms` though it is too old",
        *_LATE,
    ),
    _kind("half_open", Strikes.REQUESTS, "is never answered", _EXECUTED),
    _kind(
        "rate_limited",
        Strikes.REQUESTS,
        "is refused with 429 and Retry-After",
        Field("retry_after", WHOLE),
    ),
    _kind(
        "banned",
        Strikes.REQUESTS,
        "is refused with 418 and Retry-After",
        Field("retry_after", WHOLE),
    ),
    _kind("outside_window", Strikes.REQUESTS, "is refused with -1021"),
    _kind("empty_body", Strikes.REST, "is answered with 200 and nothing", _EXECUTED),
    _kind("html_502", Strikes.REST, "is answered with a 502 page of a gateway", _EXECUTED),
    _kind("forbidden", Strikes.REST, "is refused with the 403 page of a firewall"),
    _kind(
        "trickle",
        Strikes.REST,
        "is carried out, the answer comes byte by byte, one in `byte_ms`",
        Field("byte_ms", WHOLE, default=1_000),
    ),
)

_MESSAGES = (
    _kind("event_missing", Strikes.MESSAGES, "is never sent"),
    _kind("event_duplicated", Strikes.MESSAGES, "is sent twice"),
    _kind("event_late", Strikes.MESSAGES, "is sent after `delay_ms`", _DELAY),
    _kind(
        "event_reordered",
        Strikes.MESSAGES,
        "is sent after the next one, at the latest after `delay_ms`",
        Field("delay_ms", WHOLE, default=5_000),
    ),
)
_WHOSE = Field("streams", one_of("all", "user", "market"), default="all")
_STREAMS = (
    _kind(
        "stream_cut",
        Strikes.EXCHANGE,
        "open WebSockets end, with a goodbye or `abrupt` without",
        _WHOSE,
        Field("abrupt", FLAG, default=False),
    ),
    _kind("stream_silent", Strikes.EXCHANGE, "open WebSockets say nothing, no ping either", _WHOSE),
    _kind("stream_terminated", Strikes.EXCHANGE, "user data end with eventStreamTerminated"),
    _kind("server_shutdown", Strikes.EXCHANGE, "open WebSockets are told serverShutdown"),
)

_KEY, _SYMBOL = Field("key", TEXT, default=""), Field("symbol", TEXT, default="")
_THE_SYMBOL, _ASSET = Field("symbol", TEXT, required=True), Field("asset", ASSET, required=True)
_QUANTITY = Field("quantity", AMOUNT, required=True)
_ACCOUNTS = (
    _kind(
        "partial_fill",
        Strikes.EXCHANGE,
        "the next `orders` that take get a `share` of what they want, the rest expires or rests",
        _SYMBOL,
        Field("share", SHARE, default=Decimal("0.5")),
        Field("orders", WHOLE, default=1),
    ),
    _kind("stale_reads", Strikes.EXCHANGE, "queries of accounts see what was before"),
    _kind("permission_lost", Strikes.EXCHANGE, "accounts may not trade any more", _KEY),
    _kind(
        "withdrawal",
        Strikes.EXCHANGE,
        "money leaves, all that is free or a `quantity`",
        _ASSET,
        Field("quantity", AMOUNT),
        _KEY,
    ),
    _kind("deposit", Strikes.EXCHANGE, "money comes", _ASSET, _QUANTITY, _KEY),
    _kind(
        "order_cancelled",
        Strikes.EXCHANGE,
        "open orders end by the hand of the exchange or of their user",
        _SYMBOL,
        Field("client_id", TEXT, default=""),
        Field("by", one_of("exchange", "user"), default="exchange"),
        _KEY,
    ),
    _kind(
        "manual_order",
        Strikes.EXCHANGE,
        "somebody trades on the account by hand, at the market or at a `price`",
        _THE_SYMBOL,
        Field("side", one_of("BUY", "SELL"), required=True),
        _QUANTITY,
        Field("price", AMOUNT),
        _KEY,
    ),
    _kind(
        "wipe",
        Strikes.EXCHANGE,
        "all orders, lists and trades are gone, balances are new, keys stay",
        Field("balances", BALANCES),
    ),
    _kind("maintenance", Strikes.EXCHANGE, "every request is refused with 503, streams end"),
)

_PRICE = (_THE_SYMBOL, Field("price", AMOUNT), Field("percent", CHANGE))
_MARKETS = (
    _kind(
        "clock_skew",
        Strikes.EXCHANGE,
        "the exchange's clock jumps by `ms`",
        Field("ms", SIGNED, required=True),
    ),
    _kind(
        "halt",
        Strikes.EXCHANGE,
        "a symbol, or all, stops trading and has a `status`",
        _SYMBOL,
        Field("status", one_of("HALT", "BREAK", "CANCEL_ONLY", "END_OF_DAY"), default="HALT"),
    ),
    _kind("delisted", Strikes.EXCHANGE, "a symbol is gone, its orders end", _THE_SYMBOL),
    _kind(
        "rules_changed",
        Strikes.EXCHANGE,
        "a symbol has other `rules`, named as in exchangeInfo",
        _THE_SYMBOL,
        Field("rules", RULES, required=True),
    ),
    _kind(
        "thin_book",
        Strikes.EXCHANGE,
        "a book offers a `share` of its depth, or a `quantity` on each side",
        _THE_SYMBOL,
        Field("share", SHARE, default=Decimal(1)),
        Field("quantity", AMOUNT),
    ),
    _kind("price_gap", Strikes.EXCHANGE, "the price jumps by `percent` or to a `price`", *_PRICE),
    _kind("bad_tick", Strikes.EXCHANGE, "one trade is far away, the next is not", *_PRICE),
)

KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (*_REQUESTS, *_MESSAGES, *_STREAMS, *_ACCOUNTS, *_MARKETS)
}
