"""A strategy and candles made ready for the question whether it is honest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tradefleet.adapters.candles.files import read_recording
from tradefleet.adapters.strategies.catalogue import StrategyCatalogue
from tradefleet.application.honesty import Maker
from tradefleet.bootstrap.recordings import Part, from_catalogue
from tradefleet.domain.errors import InputError
from tradefleet.domain.recording import Recording
from tradefleet.strategies import BUILT_IN

__all__ = ["maker", "recording"]


def maker(key: str, parameters: Mapping[str, Any]) -> Maker:
    """Return what makes fresh instances of a strategy, built-in or the person's own.

    Raises:
        InputError: no such strategy, or an unknown or illegal parameter.
        StrategyError: the person's file is faulty.
    """
    folder = Path()
    if key not in BUILT_IN:  # only then the settings are read
        from tradefleet.adapters.data_folder import DataFolder
        from tradefleet.settings import load_settings

        folder = DataFolder(load_settings().home).strategies
    catalogue = StrategyCatalogue(BUILT_IN, folder)
    catalogue.decider(key, parameters)  # what is wrong with it is said now
    return lambda: catalogue.decider(key, parameters)


def recording(path: Path | None, symbol: str, interval: str) -> Recording:
    """Return recorded candles; an empty symbol or interval is taken from the file.

    Without a file they are those the data folder keeps.

    Raises:
        InputError: there is no such file, or it does not say what it holds.
        DataError: its candles cannot be true.
    """
    if path is not None:
        return read_recording(path, symbol, interval)
    if not symbol or not interval:
        raise InputError("expected --data, or --symbol and --interval of candles that are kept")
    return from_catalogue(symbol, interval, Part())[0]
