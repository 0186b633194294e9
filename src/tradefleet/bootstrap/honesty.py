"""A strategy and candles made ready for the question whether it is honest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tradefleet.application.honesty import Maker
from tradefleet.bootstrap.recordings import from_catalogue, from_file
from tradefleet.bootstrap.strategies import catalogue_with
from tradefleet.domain.errors import InputError
from tradefleet.domain.recording import Recording

__all__ = ["maker", "recording"]


def maker(key: str, parameters: Mapping[str, Any]) -> Maker:
    """Return what makes fresh instances of a strategy, built-in or the person's own.

    Raises:
        InputError: no such strategy, or an unknown or illegal parameter.
        StrategyError: the person's file is faulty.
    """
    catalogue = catalogue_with(key)
    catalogue.decider(key, parameters)  # what is wrong with it is said now
    return lambda: catalogue.decider(key, parameters)


def recording(path: Path | None, symbol: str, interval: str) -> Recording:
    """Return recorded candles of a file, or those kept of a symbol.

    Args:
        path: None = what the catalogue keeps.
        symbol, interval: empty ones are taken from the file; of what is kept, 5 minutes.

    Raises:
        InputError: there is no such file or nothing kept, or it is not said of what.
        DataError: its candles cannot be true.
    """
    if path is not None:
        return from_file(path, symbol, interval)
    if not symbol:
        raise InputError("expected --data FILE, or --symbol of candles that are kept", field="data")
    return from_catalogue(symbol, interval or "5m")[0]
