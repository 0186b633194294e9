"""The system: brings the processes of a data folder up, takes them down, and says what it did.

Order matters. Up: the exchange first, because everything else talks to it; then the host, which
starts hub and bots. Down: the dashboard, then host and hub together, because each restarts another;
then the bots, each of which finishes the order in hand; the exchange last, because they may still
need it. What was just being started meanwhile finds the mark of all this, and ends by itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from tradefleet.domain.bot import Wish
from tradefleet.domain.errors import TradefleetError
from tradefleet.domain.order import ProtectionRequest
from tradefleet.ports.fleet import Bots, Holder, Leases, Processes
from tradefleet.ports.records import Records

EXCHANGE, HUB, HOST, DASHBOARD = "exchange", "hub", "host", "dashboard"

START_S = 30.0
STOP_S = 20
SELL_S = 60.0

Say = Callable[[str], None]


class Daemons(Protocol):
    """The background processes of a data folder, by name."""

    def alive(self, name: str) -> bool:
        """Return whether the process lives."""

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start it, detached."""

    def ask_to_stop(self, name: str) -> None:
        """Ask it to end; one that is gone is left alone."""

    def mark_down(self, *, down: bool) -> None:
        """Say whether all is meant to be down; while it is, host and hub end at once."""

    def wait(self, name: str, *, alive: bool, wait_s: float) -> bool:
        """Wait until it lives or is gone; return whether that came true in time."""

    def last_words(self, name: str, lines: int = 5) -> str:
        """Return the end of its log."""


class DidNotStartError(TradefleetError):
    """A background process ended at once; the text holds its last words."""


@dataclass(frozen=True, slots=True)
class Resting:
    """What stays at the exchange when everything of ours is down.

    Attributes:
        protection: the stop and target that rest there; None if nothing does.
    """

    bot: str
    symbol: str
    quantity: Decimal
    base: str
    protection: ProtectionRequest | None


@dataclass(frozen=True, slots=True)
class System:
    """The processes of one data folder.

    Attributes:
        exchange_arguments: says how the paper exchange is started, settling its market where
            that is new; None where the exchange is not ours.
        exchange_ready: whether the paper exchange answers and knows our key.
        pause: lets seconds pass.
    """

    daemons: Daemons
    processes: Processes
    bots: Bots
    leases: Leases
    records: Records
    exchange_arguments: Callable[[], Sequence[str]] | None
    exchange_ready: Callable[[], bool]
    pause: Callable[[float], None]

    def bring_up(self, say: Say) -> None:
        """Start what does not live yet.

        Raises:
            DidNotStartError: the exchange or the host ended at once.
            AccessDeniedError: the exchange that runs does not know our key.
            SettingsError: another paper market is wanted, and cannot be had now.
        """
        self.daemons.mark_down(down=False)
        if self.exchange_arguments is not None:
            if not self.daemons.alive(EXCHANGE):
                self._start(EXCHANGE, self.exchange_arguments(), say)
            self._await_exchange()
        if not self.daemons.alive(HOST):
            self._start(HOST, ["host"], say)

    def revive(self, say: Say) -> None:
        """Start the host if it is gone; it starts the rest.

        Host and hub restart each other; where both died at once, only who is asked to keep the
        system up, the dashboard, can do it.
        """
        if not self.daemons.alive(HOST):
            say("the host is gone; it is started again")
            self.daemons.start(HOST, ["host"])

    def take_down(self, say: Say, *, sell: bool = False) -> tuple[Resting, ...]:
        """End everything and return what rests at the exchange.

        Args:
            say: hears each step.
            sell: let every bot sell what it holds first; without it positions keep their
                protection. What a bot is wished to do next time stays as it was.

        Raises:
            TradefleetError: a process did not end, or a position could not be sold.
        """
        if sell:
            self._sell_all(say)
        self.daemons.mark_down(down=True)
        self._stop((DASHBOARD,), say)
        self._stop((HOST, HUB), say)
        self._stop_bots(say)
        resting = self.resting()
        self._stop((EXCHANGE,), say)
        self._stop_bots(say)  # one that was being started when we looked
        return resting

    def resting(self) -> tuple[Resting, ...]:
        """Return the positions that are open, and who protects each."""
        books = self.records.totals()
        protections = self.records.resting(bot_id for bot_id in books if books[bot_id].quantity)
        return tuple(
            Resting(
                bot.settings.name,
                bot.settings.symbol,
                books[bot.id].quantity,
                bot.base,
                protections.get(bot.id),
            )
            for bot in self.bots.all()
            if bot.id in books and books[bot.id].quantity
        )

    def _start(self, name: str, arguments: Sequence[str], say: Say) -> None:
        say(f"starting the {name}")
        self.daemons.start(name, arguments)
        if not self.daemons.wait(name, alive=True, wait_s=START_S):
            raise DidNotStartError(
                f"the {name} did not start. Its last words:\n{self.daemons.last_words(name)}"
            )

    def _await_exchange(self) -> None:
        waited = 0.0
        while not self.exchange_ready():
            if waited > START_S or not self.daemons.alive(EXCHANGE):
                raise DidNotStartError(
                    "the paper exchange does not answer. Its last words:\n"
                    f"{self.daemons.last_words(EXCHANGE)}"
                )
            self.pause(0.1)
            waited += 0.1

    def _stop(self, names: Sequence[str], say: Say) -> None:
        """End these, asking anew whoever lives or lives again."""
        for name in filter(self.daemons.alive, names):
            say(f"ending the {name}")
        for _ in range(STOP_S):
            for name in names:
                self.daemons.ask_to_stop(name)
            for name in names:
                self.daemons.wait(name, alive=False, wait_s=1.0)
            if not any(map(self.daemons.alive, names)):
                return
        alive = " and ".join(filter(self.daemons.alive, names))
        raise TradefleetError(f"the {alive} did not end within {STOP_S} s")

    def _stop_bots(self, say: Say) -> None:
        holders = self._holders()
        if holders:
            bots = (
                "1 bot; it finishes" if len(holders) == 1 else f"{len(holders)} bots; each finishes"
            )
            say(f"ending {bots} the order in hand")
        for holder in holders.values():
            self.processes.ask_to_stop(holder)
        waited = 0.0
        while holders := self._holders():
            if waited > STOP_S:
                raise TradefleetError(f"bots {sorted(holders)} did not end within {STOP_S} s")
            self.pause(0.1)
            waited += 0.1

    def _holders(self) -> Mapping[int, Holder]:
        """Return the living processes of bots."""
        holders = {bot_id: view.lease.holder for bot_id, view in self.leases.all().items()}
        return {bot_id: h for bot_id, h in holders.items() if self.processes.is_alive(h)}

    def _sell_all(self, say: Say) -> None:
        holding = [id for id, books in self.records.totals().items() if books.quantity]
        if not holding:
            return
        if not self.daemons.alive(HOST):
            raise TradefleetError(
                f"bots {holding} hold positions, and nothing runs that could sell them; nothing "
                "was ended. Start everything first: tradefleet up"
            )
        # Under a halt a bot shows the halt's wish: what is written back is its own.
        wished = {bot_id: self.bots.own_wish(bot_id) for bot_id in holding}
        say(f"selling {len(holding)} positions")
        try:
            for bot_id in holding:
                self.bots.wish(bot_id, Wish.STOP_SELL)
            self._await_sold(holding)
        finally:
            for bot_id in holding:
                self.bots.wish(bot_id, wished[bot_id])

    def _await_sold(self, holding: Sequence[int]) -> None:
        waited = 0.0
        while left := [id for id in holding if self.records.totals()[id].quantity]:
            if waited > SELL_S:
                raise TradefleetError(
                    f"bots {left} have not sold within {SELL_S:.0f} s; nothing was ended"
                )
            self.pause(0.2)
            waited += 0.2
