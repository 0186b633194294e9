"""The tape of an installation: which market it is of, and where it lies."""

from pathlib import Path

from tradefleet.adapters.candles.tape import TapeFolder
from tradefleet.adapters.data_folder import DataFolder
from tradefleet.bootstrap.hub import Recorded
from tradefleet.bootstrap.installation import Installation

LIVE, SYNTHETIC = "live", "synthetic"


def tape_of(made: Installation) -> Recorded | None:
    """Return where the hub keeps its candles; None if the settings want none."""
    if not made.settings.tape_days:
        return None
    return Recorded(TapeFolder(lambda: _folder(made)), made.settings.tape_days)


def _folder(made: Installation) -> Path | None:
    """Return the folder of the market that trades now; a replayed one is recorded already."""
    if made.mode != "paper":
        return made.folder.tape / made.mode
    market = _paper_market(made.folder)
    if market == SYNTHETIC:
        return made.folder.tape / f"{SYNTHETIC}-{made.settings.paper_seed}"
    return made.folder.tape / LIVE if market == LIVE else None


def _paper_market(folder: DataFolder) -> str:
    return str((folder.read(folder.market) or {}).get("market", ""))
