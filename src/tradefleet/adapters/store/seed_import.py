"""Takes over the bots of an older system from its JSON files; the files are only read.

A position is taken over as one fill that says what is held and what was paid for it. The older
files do not say how much is held: then somebody who knows is asked, and without an answer the
position stays out. Nothing is guessed.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any

from tradefleet.adapters.store.mirror import FLEET, position_name
from tradefleet.domain.bot import Bot, BotSettings
from tradefleet.domain.errors import InputError, TradefleetError
from tradefleet.domain.instrument import plain
from tradefleet.domain.ledger import FillBooked
from tradefleet.domain.order import Fill, Side

IMPORTED = -1  # trade and order id of a fill that stands for a position taken over
_LARGEST_FILE = 1 << 20  # bytes


@dataclass(frozen=True, slots=True)
class SeedPosition:
    """An open position as the older system's file tells it.

    Attributes:
        stop_loss, take_profit: prices; None if the file has none.
        quantity: base held; None where the file does not say (the older system's never does).
    """

    bot_id: int
    symbol: str
    entry_price: Decimal
    opened_at: int
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    quantity: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was taken over and what was not, one sentence each."""

    taken: tuple[str, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeedImport:
    """The import, with what it needs of the house.

    Attributes:
        create: makes a stopped bot under an id, all rules of creation applied; the last argument is
            the quote of its amount that lies in the position already.
        book: enters a fill into the books of a stopped bot, under its lease.
        quantity_of: says how much base a position holds, by its file, the exchange or a person;
            None if nobody knows. Raises `InputError` where the wallet has not got it.
        lost: the installation whose store is lost and whose files these are; empty for an older
            system. Its bots come without a position: `tradefleet rebuild` tells their whole books.
    """

    create: Callable[[int, BotSettings, Decimal], Bot]
    book: Callable[[Bot, FillBooked], None]
    quantity_of: Callable[[SeedPosition], Decimal | None]
    lost: str = ""

    def run(self, folder: Path) -> ImportReport:
        """Take over what `folder` holds.

        Raises:
            InputError: there is no list of bots in the folder, or it cannot be read as one.
        """
        taken: list[str] = []
        left_out: list[str] = []
        for number, entry in enumerate(_fleet(folder / FLEET), 1):
            try:
                take = self._take_lost if self.lost else self._take
                taken += take(folder, entry, left_out)
            except TradefleetError as error:
                left_out.append(f"{_name(entry, number)}: {error}")
        return ImportReport(tuple(taken), tuple(left_out))

    def _take(self, folder: Path, entry: Any, left_out: list[str]) -> list[str]:
        bot_id, settings = _bot(entry)
        holding, doubt = self._holding(folder / position_name(bot_id), bot_id, settings)
        if holding:
            settings = _with_position(settings, holding)
        bot = self.create(bot_id, settings, holding.cost if holding else Decimal(0))
        name = f"bot {bot.id} {settings.name}"
        taken = [f"{name}: {settings.symbol}, {settings.strategy}, {plain(settings.trade_amount)}"]
        if holding:
            self.book(bot, FillBooked(_as_fill(bot, holding)))
            held = f"{plain(holding.quantity)} {bot.base} bought at {plain(holding.entry_price)}"
            taken.append(f"{name}: its position, {held}")
        if doubt:
            left_out.append(f"{name}: its position: {doubt}")
        if entry.get("trades") or entry.get("profit"):
            left_out.append(f"{name}: its past profit and trades: the fills are not in the files")
        return taken

    def _take_lost(self, folder: Path, entry: Any, left_out: list[str]) -> list[str]:
        bot_id, settings = _bot(entry)
        position, spent = _position(bot_id, folder / position_name(bot_id)), Decimal(0)
        if position is not None:
            settings = _with_levels(settings, position)
            cost = (position.quantity or Decimal(0)) * position.entry_price
            spent = min(cost, settings.trade_amount)
        bot = self.create(bot_id, settings, spent)
        name = f"bot {bot.id} {settings.name}"
        left_out += [
            f"{name}: its books, which the exchange tells, before it is started: "
            f"tradefleet rebuild {bot.id} --installation {self.lost}",
            f"{name}: its candles, rhythm and rules, which are those of a new bot: look at them",
        ]
        return [f"{name}: {settings.symbol}, {settings.strategy}, {plain(settings.trade_amount)}"]

    def _holding(
        self, path: Path, bot_id: int, settings: BotSettings
    ) -> tuple["_Holding | None", str]:
        """Return what a bot holds, or None and why that is not known."""
        try:
            position = _position(bot_id, path)
            if position is None:
                return None, ""
            if position.symbol != settings.symbol:
                return None, f"it is in {position.symbol}, but the bot trades {settings.symbol}"
            quantity = self.quantity_of(position)
        except TradefleetError as error:
            return None, str(error)
        if quantity is None or quantity <= 0:
            return None, "how much it holds is not known; the coins stay in the wallet, unallocated"
        return _Holding(position, quantity), ""


@dataclass(frozen=True, slots=True)
class _Holding:
    position: SeedPosition
    quantity: Decimal

    @property
    def entry_price(self) -> Decimal:
        return self.position.entry_price

    @property
    def cost(self) -> Decimal:
        return self.quantity * self.entry_price


def held_since_last_sell(
    fills: Sequence[Fill], base: str, entry_price: Decimal, tolerance: Decimal = Decimal("0.001")
) -> Decimal | None:
    """Return what the account's own fills say a position holds, or None if they do not fit it.

    Args:
        fills: of one symbol, oldest first.
        base: its base asset; commission taken in it is deducted.
        entry_price: of the position; the buys must average to it.
        tolerance: largest difference of the two, as a fraction of the price.
    """
    bought: list[Fill] = []
    for fill in fills:
        bought = [*bought, fill] if fill.side is Side.BUY else []
    quantity = sum((fill.quantity for fill in bought), Decimal(0))
    if not quantity:
        return None
    average = sum((fill.quote_quantity for fill in bought), Decimal(0)) / quantity
    if abs(average - entry_price) > entry_price * tolerance:
        return None
    return quantity - sum((f.fee for f in bought if f.fee_asset == base), Decimal(0))


def _read(path: Path) -> Any:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise InputError(f"{path} is larger than 1 MiB; that is no file of the older system")
        return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not valid JSON: {error}") from error


def _fleet(path: Path) -> list[Any]:
    """Return the entries, whether the file is a list or maps ids to entries."""
    found = _read(path)
    if isinstance(found, dict):
        found = found.get("bots", list(found.values()))
        if isinstance(found, dict):
            found = list(found.values())
    if not isinstance(found, list):
        raise InputError(f"{path}: expected a list of bots, was {type(found).__name__}")
    return found


def _name(entry: Any, number: int) -> str:
    named = entry.get("name") if isinstance(entry, Mapping) else None
    return f"entry {number} ({named})" if isinstance(named, str) else f"entry {number}"


def _bot(entry: Any) -> tuple[int, BotSettings]:
    if not isinstance(entry, Mapping):
        raise InputError(f"expected an object, was {entry!r}"[:200])
    bot_id = entry.get("id")
    if type(bot_id) is not int or bot_id < 1:
        raise InputError(f"id: expected a whole number from 1, was {bot_id!r}"[:200])
    for field in ("name", "symbol", "strategy"):
        if not isinstance(entry.get(field), str):
            raise InputError(f"{field}: expected a text, was {entry.get(field)!r}"[:200])
    amount = _number(entry, "trade_amount")
    if amount is None or amount <= 0:
        raise InputError("trade_amount: expected a number above 0")
    return bot_id, BotSettings(entry["name"], entry["symbol"], entry["strategy"], amount)


def _position(bot_id: int, path: Path) -> SeedPosition | None:
    """Return the open position of a file, None if there is no file or nothing is held."""
    if not path.exists():
        return None
    found = _read(path)
    if not isinstance(found, Mapping):
        raise InputError(f"{path}: expected an object, was {type(found).__name__}")
    if found.get("position") != "LONG":
        return None
    entry_price = _number(found, "entry_price")
    if entry_price is None or entry_price <= 0 or not isinstance(found.get("symbol"), str):
        raise InputError(f"{path}: expected entry_price above 0 and symbol")
    return SeedPosition(
        bot_id=bot_id,
        symbol=found["symbol"],
        entry_price=entry_price,
        opened_at=_milliseconds(found.get("timestamp"), path),
        stop_loss=_number(found, "stop_loss"),
        take_profit=_number(found, "take_profit"),
        quantity=_number(found, "quantity"),
    )


def _number(found: Mapping[str, Any], field: str) -> Decimal | None:
    value = found.get(field)
    if value is None:
        return None
    if type(value) not in (int, Decimal) or not Decimal(value).is_finite():
        raise InputError(f"{field}: expected a number, was {value!r}"[:200])
    return Decimal(value)


def _milliseconds(stamp: Any, path: Path) -> int:
    """Return a time of the older system, which wrote no zone; it is read as UTC."""
    try:
        at = datetime.fromisoformat(stamp)
    except (TypeError, ValueError):
        raise InputError(
            f"{path}: timestamp: expected something like 2025-10-24T10:30:00, was {stamp!r}"[:300]
        ) from None
    return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)


def _with_position(settings: BotSettings, holding: _Holding) -> BotSettings:
    """Return settings under which the position keeps its levels and its cost is affordable.

    The older system spent its profits again without keeping books, so a position may have cost more
    than the trade amount; the bot's budget is then what it cost.
    """
    cost = holding.cost.quantize(Decimal("1e-8"), ROUND_CEILING)
    amount = max(settings.trade_amount, cost)
    return replace(_with_levels(settings, holding.position), trade_amount=amount)


def _with_levels(settings: BotSettings, position: SeedPosition) -> BotSettings:
    entry, stop, target = position.entry_price, position.stop_loss, position.take_profit
    return replace(
        settings,
        stop_loss=_percent(1 - stop / entry) if stop else settings.stop_loss,
        take_profit=_percent(target / entry - 1) if target else settings.take_profit,
    )


def _percent(fraction: Decimal) -> Decimal:
    return (fraction * 100).quantize(Decimal("0.0001"))


def _as_fill(bot: Bot, holding: _Holding) -> Fill:
    """Return the fill that stands for a position taken over; its fees are long paid and unknown."""
    return Fill(
        symbol=holding.position.symbol,
        trade_id=IMPORTED,
        order_id=IMPORTED,
        side=Side.BUY,
        price=holding.entry_price,
        quantity=holding.quantity,
        quote_quantity=holding.cost,
        fee=Decimal(0),
        fee_asset=bot.quote,
        time=holding.position.opened_at,
    )
