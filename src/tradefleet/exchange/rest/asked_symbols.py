"""Which symbols a public request is about: one, some by name, or all."""

from collections.abc import Sequence
from typing import Any

from tradefleet.domain.instrument import Instrument
from tradefleet.exchange import errors
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.parameters import INTEGER, SYMBOL, SYMBOLS, TIME, WORD, Parameter
from tradefleet.exchange.rest.endpoint import Call

ONE_SYMBOL = Parameter("symbol", SYMBOL, required=True)
SOME_SYMBOLS = (Parameter("symbol", SYMBOL), Parameter("symbols", SYMBOLS))
SYMBOL_STATUS = Parameter("symbolStatus", WORD)
LIMIT = Parameter("limit", INTEGER)
TIMES = (Parameter("startTime", TIME), Parameter("endTime", TIME))

_STATUSES = ("TRADING", "HALT", "BREAK")  # that can be asked for


def asked_symbol(call: Call) -> str:
    """Return the symbol of a request that names one.

    Raises:
        ApiError: -1121, there is none of that name; -1220, its status is not the one asked for.
    """
    (known,) = _with_status(call, [call.venue.engine.instrument(call.values["symbol"])])
    return known.symbol


def named_symbols(call: Call, *, needed: bool = False) -> Sequence[Instrument]:
    """Return the symbols of a request: those it names, or all.

    Args:
        call: the request.
        needed: it must name some.

    Raises:
        ApiError: as `asked_symbol`; -1102, none is named; -1128, they are named in both ways.
    """
    engine, values = call.venue.engine, call.values
    if "symbol" in values and "symbols" in values:
        raise errors.bad_combination()
    if "symbol" in values:
        return _with_status(call, [engine.instrument(values["symbol"])])
    if "symbols" in values:
        return _with_status(call, [engine.instrument(symbol) for symbol in values["symbols"]])
    if needed:
        raise errors.missing_both("symbol", "symbols")
    listed = engine.rulebook.exchange.symbols.values()
    return _with_status(call, [known.instrument for known in listed])


def asked_status(call: Call) -> str | None:
    """Return the status that symbols must have; None if any will do."""
    status: str | None = call.values.get("symbolStatus")
    if status is not None and status not in _STATUSES:
        raise ApiError(-1122, "Invalid symbolStatus.")
    return status


def one_or_all(call: Call, views: list[dict[str, Any]]) -> dict[str, Any] | list[dict[str, Any]]:
    """Return an object if one symbol was asked for, otherwise a list."""
    return views[0] if "symbol" in call.values else views


def count_of_symbols(sent: dict[str, str], others: int) -> int:
    """Return how many symbols a request names; `others` if none."""
    if "symbol" in sent:
        return 1
    return sent["symbols"].count(",") + 1 if "symbols" in sent else others


def _with_status(call: Call, found: Sequence[Instrument]) -> Sequence[Instrument]:
    wanted = asked_status(call)
    if wanted is None:
        return found
    fitting = [known for known in found if known.status == wanted]
    if "symbol" in call.values and not fitting:
        raise ApiError(-1220, "The symbol's status does not match the requested symbolStatus.")
    return fitting
