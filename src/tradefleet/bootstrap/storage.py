"""How much an installation keeps."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from tradefleet.adapters.store import upkeep
from tradefleet.bootstrap.installation import Installation


def sizes(made: Installation) -> Mapping[str, int]:
    """Return the bytes of what is kept, by name."""
    root = made.folder.root
    found = dict(upkeep.sizes(made.store))
    found["logs of bots"] = _bytes(root.glob("bot_*.log*"))
    found["logs of processes"] = _bytes(made.folder.run.glob("*.log*"))
    if made.mode == "paper":
        found["paper exchange"] = _bytes(made.folder.exchange.rglob("*"))
    found["candle files"] = _bytes(made.folder.candles.rglob("*"))
    found["candles of bots"] = _bytes(made.folder.tape.rglob("*"))
    return found


def _bytes(paths: Iterable[Path]) -> int:
    total = 0
    for path in paths:
        try:
            total += path.lstat().st_size
        except FileNotFoundError:
            continue  # rotated away meanwhile
    return total
