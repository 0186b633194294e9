"""The strategies there are, for a command that needs one of them and nothing else."""

from pathlib import Path

from tradefleet.adapters.strategies.catalogue import StrategyCatalogue
from tradefleet.strategies import BUILT_IN


def catalogue_with(key: str) -> StrategyCatalogue:
    """Return the catalogue that has a strategy; for a built-in one no settings are read."""
    folder = Path()
    if key not in BUILT_IN:
        from tradefleet.adapters.data_folder import DataFolder
        from tradefleet.settings import load_settings

        folder = DataFolder(load_settings().home).strategies
    return StrategyCatalogue(BUILT_IN, folder)
