"""The sketch's JSON files as a picture of the store, for people and programs that know them.

A file is replaced whole or not at all, and only if we wrote the one that is there: the hashes of
what we wrote are kept beside it, with the name of the installation whose bots they are. Anything
else belongs to somebody else and stays, and so do the files of an installation whose store is lost.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tradefleet.domain.bot import Bot, Status
from tradefleet.domain.errors import StoreError
from tradefleet.domain.instrument import plain
from tradefleet.domain.order import ProtectionRequest
from tradefleet.ports.fleet import Bots, Heartbeat, Leases
from tradefleet.ports.records import Records, Totals

FLEET = "active_bots.json"
MANIFEST = ".mirror.json"

_Fields = Mapping[str, Any]


def position_name(bot_id: int) -> str:
    """Return the name of a bot's position file."""
    return f"bot_{bot_id}_position.json"


def written_by(folder: Path) -> str:
    """Return the installation whose bots a folder's files are, empty if nobody says."""
    return str(_manifest(folder).get("installation", ""))


def files_of_others(folder: Path, installation: str = "") -> tuple[str, ...]:
    """Return the names of the sketch's files in a folder that we did not write."""
    manifest = _Manifest(folder, installation)
    found = sorted(
        path.name for pattern in (FLEET, "bot_*_position.json") for path in folder.glob(pattern)
    )
    return tuple(name for name in found if not manifest.is_ours(name))


class JsonMirror:
    """The `Mirror` in a folder; the same class writes an export into any other folder."""

    def __init__(
        self,
        folder: Path,
        bots: Bots,
        records: Records,
        leases: Leases,
        installation: Callable[[], str] = lambda: "",
    ) -> None:
        self._folder = folder
        self._installation = installation
        self._bots = bots
        self._records = records
        self._leases = leases
        self._written: dict[str, str] = {}

    def write(self, statuses: Mapping[int, Status]) -> tuple[str, ...]:
        """Bring the files up to date; return the names of those that somebody else wrote.

        Raises:
            StoreError: the folder cannot be written.
        """
        pictures = self._pictures(statuses)
        changed = {name: text for name, text in pictures.items() if self._written.get(name) != text}
        try:
            manifest = _Manifest(self._folder, self._installation())
            foreign = {name for name in pictures if not manifest.is_ours(name)}
            for name in sorted(changed.keys() - foreign):
                manifest.replace(name, changed[name])
                self._written[name] = changed[name]
            manifest.remove_all_but(pictures)
        except OSError as error:
            raise StoreError(
                f"the JSON files in {self._folder} cannot be written: {error.strerror}; the store "
                "itself is not touched by this"
            ) from error
        return tuple(sorted(foreign))

    def _pictures(self, statuses: Mapping[int, Status]) -> dict[str, str]:
        bots, totals, leases = self._bots.all(), self._records.totals(), self._leases.all()
        pictures = {FLEET: _list(_fleet_entry(bot, totals[bot.id], statuses) for bot in bots)}
        for bot in bots:
            books = totals[bot.id]
            if not books.quantity and not books.trades:
                continue  # has never traded: the sketch has no file then
            view = leases.get(bot.id)
            levels = self._levels(bot, books, view.heartbeat if view else None)
            pictures[position_name(bot.id)] = _object(_position(bot, books, *levels)) + "\n"
        return pictures

    def _levels(
        self, bot: Bot, books: Totals, heartbeat: Heartbeat | None
    ) -> tuple[Decimal | None, Decimal | None]:
        """Return stop and target of an open position: as the bot says, or as it last ordered."""
        if not books.quantity:
            return None, None
        if heartbeat and (heartbeat.stop_price or heartbeat.target_price):
            return heartbeat.stop_price, heartbeat.target_price
        for intent in self._records.intents(bot.id):
            request = intent.request
            if isinstance(request, ProtectionRequest) and intent.created_at >= books.opened_at:
                return request.stop_price, request.target_price
        return None, None


class _Manifest:
    """The hashes of the files we wrote: of the newest, and of the one before it.

    A name is entered before its file is replaced, so a crash between the two leaves a file whose
    hash is one of both.
    """

    def __init__(self, folder: Path, installation: str) -> None:
        self._folder = folder
        self._installation = installation
        known = _manifest(folder)
        is_ours = known.get("installation", "") == installation
        self._hashes: dict[str, list[str]] = known.get("files", {}) if is_ours else {}

    def is_ours(self, name: str) -> bool:
        try:
            content = (self._folder / name).read_bytes()
        except FileNotFoundError:
            return True
        return _hash(content) in self._hashes.get(name, ())

    def replace(self, name: str, text: str) -> None:
        content = text.encode()
        self._hashes[name] = [*self._hashes.get(name, ())[-1:], _hash(content)]
        self._save()
        _replace(self._folder / name, content)

    def remove_all_but(self, wanted: Iterable[str]) -> None:
        """Remove the files of bots that are gone, where they are ours."""
        gone = self._hashes.keys() - set(wanted)
        for name in gone:
            if self.is_ours(name):
                (self._folder / name).unlink(missing_ok=True)
            del self._hashes[name]
        if gone:
            self._save()

    def _save(self) -> None:
        known = {"installation": self._installation, "files": self._hashes}
        _replace(self._folder / MANIFEST, json.dumps(known, indent=1).encode())


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        known = json.loads((folder / MANIFEST).read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Put a file in place so that every reader, and every power cut, sees the old or the new."""
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _fleet_entry(bot: Bot, books: Totals, statuses: Mapping[int, Status]) -> _Fields:
    return {
        "id": bot.id,
        "name": bot.settings.name,
        "symbol": bot.settings.symbol,
        "strategy": bot.settings.strategy,
        "trade_amount": bot.settings.trade_amount,
        "status": statuses.get(bot.id, Status.STOPPED).value,
        "profit": books.profit,
        "trades": books.trades,
    }


def _position(
    bot: Bot, books: Totals, stop_price: Decimal | None, target_price: Decimal | None
) -> _Fields:
    is_open = bool(books.quantity)
    at = books.opened_at if is_open else books.last_trade_at
    return {
        "position": "LONG" if is_open else None,
        "entry_price": books.entry_price if is_open else None,
        "stop_loss": stop_price,
        "take_profit": target_price,
        "symbol": bot.settings.symbol,
        "has_traded": True,
        "initial_investment": bot.settings.trade_amount,
        "timestamp": datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "quantity": books.quantity if is_open else None,  # ours: the sketch does not keep it
    }


def _list(entries: Iterable[_Fields]) -> str:
    return "[" + ",\n".join(_object(entry) for entry in entries) + "]\n"


def _object(fields: _Fields) -> str:
    """Write a flat JSON object with its decimals as numbers, to the last digit."""
    lines = (
        f"    {json.dumps(name)}: "
        + (plain(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False))
        for name, value in fields.items()
    )
    return "{\n" + ",\n".join(lines) + "\n}"
