"""The books: a ledger's figures kept beside its entries, so that nobody replays a history.

They are the fold of `domain.ledger` one entry further, written in the transaction that adds the
entry; the position is kept whole, so the next booking needs no older entry.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select

from tradefleet.adapters.store.codec import dump, load
from tradefleet.adapters.store.conflicts import putting
from tradefleet.adapters.store.connection import Connection
from tradefleet.adapters.store.rows import entry_values, trade_values
from tradefleet.adapters.store.statement import Row, Statement, inserting
from tradefleet.adapters.store.tables import entries, totals, trades
from tradefleet.domain.bot import Bot
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.ledger import Entry, Ledger, book
from tradefleet.domain.position import Position
from tradefleet.ports.records import Totals

ZERO = Decimal(0)

_TOTALS = Statement(select(totals).where(totals.c.bot_id == bindparam("bot_id")).with_for_update())
_PUT_TOTALS = putting(totals, *totals.columns.keys())
_ADD_ENTRY = inserting(entries)
_ADD_TRADE = inserting(trades)


@dataclass(frozen=True, slots=True)
class Books:
    """A row of `totals`, with the ledger as far as the next booking needs it (no old trades)."""

    ledger: Ledger
    entries: int = 0
    profit: Decimal = ZERO
    trades: int = 0
    wins: int = 0
    last_trade_at: int = 0

    def totals(self) -> Totals:
        """Return the figures for people."""
        ledger = self.ledger
        return Totals(
            cash=ledger.cash,
            quantity=ledger.position.quantity,
            dust=ledger.dust,
            entry_price=ledger.position.entry_price,
            cost=ledger.position.cost,
            opened_at=ledger.position.opened_at,
            profit=self.profit,
            fees=ledger.fees,
            trades=self.trades,
            wins=self.wins,
            last_trade_at=self.last_trade_at,
            last_exit_at=ledger.position.last_exit_at,
        )


def enter(connection: Connection, bot: Bot, new: list[Entry]) -> None:
    """Add entries to a bot's history, the trades they close, and the figures that follow."""
    if not new:
        return
    books = books_of(bot, connection.execute(_TOTALS, bot_id=bot.id).first())
    for entry in new:
        books = _enter(connection, bot.id, books, entry)
    connection.execute(_PUT_TOTALS, bot_id=bot.id, **_values(books))


def books_of(bot: Bot, row: Row | None) -> Books:
    """Return the books of a row of `totals`, or those of a bot that never traded."""
    instrument = Instrument(bot.settings.symbol, bot.base, bot.quote)
    ledger = Ledger(instrument, bot.settings.trade_amount)
    if row is None:
        return Books(ledger)
    return Books(
        replace(
            ledger,
            flow=row.flow,
            position=load(Position, row.position),
            dust=row.dust,
            fees=row.fees,
        ),
        entries=row.entries,
        profit=row.profit,
        trades=row.trades,
        wins=row.wins,
        last_trade_at=row.last_trade_at,
    )


def _enter(connection: Connection, bot_id: int, books: Books, entry: Entry) -> Books:
    number = books.entries + 1
    connection.execute(_ADD_ENTRY, bot_id=bot_id, number=number, **entry_values(entry))
    ledger = book(books.ledger, entry)
    books = replace(books, ledger=replace(ledger, trades=()), entries=number)
    for trade in ledger.trades:
        books = replace(
            books,
            profit=books.profit + trade.profit,
            trades=books.trades + 1,
            wins=books.wins + (trade.profit > 0),
            last_trade_at=trade.exit_time,
        )
        connection.execute(_ADD_TRADE, bot_id=bot_id, number=books.trades, **trade_values(trade))
    return books


def _values(books: Books) -> dict[str, Any]:
    return {
        "entries": books.entries,
        "flow": books.ledger.flow,
        "position": dump(books.ledger.position),
        "dust": books.ledger.dust,
        "fees": books.ledger.fees,
        "profit": books.profit,
        "trades": books.trades,
        "wins": books.wins,
        "last_trade_at": books.last_trade_at,
    }
