"""Promises about what is looked back at: trades, totals, worth over time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from tradefleet.domain.bot import Status
from tradefleet.domain.order import Fill, ProtectionRequest
from tradefleet.domain.position import Trade
from tradefleet.ports.journal import Decision, Intent


@dataclass(frozen=True, slots=True)
class Totals:
    """A bot's books in figures, kept up to date with each booking so that nobody adds them up.

    Attributes:
        cash: quote the bot owns.
        quantity: base of the open position; `dust`: base left over.
        profit: net, of closed trades.
        entry_price: 0 when flat.
        last_exit_at: when some of the open position was sold last; 0 if none was.
    """

    cash: Decimal
    quantity: Decimal = Decimal(0)
    dust: Decimal = Decimal(0)
    entry_price: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    opened_at: int = 0
    profit: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    trades: int = 0
    wins: int = 0
    last_trade_at: int = 0
    last_exit_at: int = 0


@dataclass(frozen=True, slots=True)
class EquityPoint:
    """What a bot, or the fleet (bot id 0), was worth at one moment, in quote."""

    at: int
    equity: Decimal
    holding: Decimal


class Records(Protocol):
    """The journals as everybody may read them."""

    def totals(self) -> Mapping[int, Totals]:
        """Return the figures of every bot."""

    def trades(self, bot_id: int | None = None, limit: int = 100) -> tuple[tuple[int, Trade], ...]:
        """Return closed trades with their bot's id, newest first; of all bots without an id."""

    def fills(self, bot_id: int, limit: int = 100) -> tuple[Fill, ...]:
        """Return fills, newest first."""

    def intents(self, bot_id: int, limit: int = 100) -> tuple[Intent, ...]:
        """Return intents, newest first."""

    def moved(self) -> Mapping[str, Decimal]:
        """Return how the fills of all bots ever changed the wallet, by asset.

        Commissions in a third asset are among them and deleted bots too; what a person's word
        moved between a bot and the rest is not.
        """

    def resting(self, bot_ids: Iterable[int]) -> Mapping[int, ProtectionRequest]:
        """Return what rests at the exchange for these bots, as far as their journals know."""

    def naked(self, bot_ids: Iterable[int]) -> Mapping[int, int]:
        """Return how long these bots' positions had no stop before the one that rests, in ms."""

    def decisions(
        self, bot_id: int, limit: int = 100, before: int | None = None
    ) -> tuple[Decision, ...]:
        """Return decision records, newest first; `before` is a close time, for paging."""

    def decided(self, bot_id: int, outcome: str, since: int) -> tuple[Decision, ...]:
        """Return the decisions with this outcome at or after `since`, oldest first."""

    def closed_since(self, since: int) -> tuple[Trade, ...]:
        """Return every trade closed at or after `since`, of deleted bots too, oldest first."""

    def entering(self, bot_ids: Iterable[int]) -> Mapping[int, Decimal]:
        """Return what these bots are about to pay: buys written down, their outcome not known."""

    def counted_decisions(self, bot_id: int) -> int:
        """Return how many evaluations are kept as counts only (see `forget_old`)."""

    def equity(self, bot_id: int, since: int) -> tuple[EquityPoint, ...]:
        """Return the worth over time, oldest first; bot id 0 is the fleet."""

    def record_equity(self, points: Mapping[int, EquityPoint]) -> None:
        """Add a point for each bot id; thinned out with age."""

    def forget_old(self, now: int) -> None:
        """Turn evaluations without action older than 7 days into counts; thin the equity."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Something the hub fetched for everybody, with its age."""

    value: Any
    at: int


class Snapshots(Protocol):
    """The newest state of shared things, as JSON values under a name; money as decimal texts.

    - `exchange_info`: the exchange's own document (`symbols`), as `/api/v3/exchangeInfo` gives it.
    - `prices`: symbol to last price.
    - `tickers`: symbol to `price`, `change_percent`, `volume` (24 h, in quote).
    - `wallet`: asset to `free`, `locked`.
    - `exchange`, `hub`, `host`, `guardian`: that this process lives, put at least every 5 s (the
      exchange by the hub, when it answered): `ok`, `detail`; `host` adds `launcher`, `sentence`.
    - `market`: `kind` (synthetic, live, or a path), `frozen_since` (0 while prices move).
    - `ended_protection`: `bots`, ids of stopped bots whose resting protection ended; put by the
      guardian, so that the host lets each of them book what happened.
    - `rights`: `trade`, `withdraw`, `fixed_address`, `key`: what the key may do, put by the hub.
    - `silence`: `until` when the exchange asked everybody to be silent, put by whoever was told.
    - `loss_limit`: `reset_at`, from when the fleet's loss of the day is counted, put by hand.
    """

    def put(self, name: str, value: Any, at: int) -> None:
        """Replace a snapshot."""

    def get(self, name: str) -> Snapshot | None:
        """Return a snapshot, or None if there never was one."""


class Mirror(Protocol):
    """The sketch's JSON files in the data folder: a picture of the store, never read back.

    One process writes them.
    """

    def write(self, statuses: Mapping[int, Status]) -> tuple[str, ...]:
        """Bring the files up to date where something changed.

        Args:
            statuses: what each bot is doing, by id.

        Returns:
            The names of files that somebody else wrote; they are left as they are.
        """
