"""The system: brings the processes of a data folder up, takes them down, and says what it did.

Order matters. Up: the exchange first, because everything else talks to it; then the host, which
starts hub and bots. Down: dashboard, host and hub first, because each restarts another; then the
bots, each of which finishes the order in hand; the exchange last, because they may still need it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from tradefleet.domain.bot import Wish
from tradefleet.domain.errors import TradefleetError
from tradefleet.domain.order import ProtectionRequest
from tradefleet.ports import Bots, IntentState, Leases, Processes, Records

EXCHANGE, HUB, HOST, DASHBOARD = "exchange", "hub", "host", "dashboard"

START_S = 30.0
STOP_S = 20.0
SELL_S = 60.0

Say = Callable[[str], None]


class Daemons(Protocol):
    """The background processes of a data folder, by name."""

    def alive(self, name: str) -> bool:
        """Return whether the process lives."""

    def start(self, name: str, arguments: Sequence[str]) -> None:
        """Start it, detached."""

    def stop(self, name: str, wait_s: float) -> bool:
        """Ask it to end; return whether it is gone in time."""

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
        exchange_arguments: how the paper exchange is started; empty where it is not ours.
        exchange_ready: whether the paper exchange answers and knows our key.
        pause: lets seconds pass.
    """

    daemons: Daemons
    processes: Processes
    bots: Bots
    leases: Leases
    records: Records
    exchange_arguments: Sequence[str]
    exchange_ready: Callable[[], bool]
    pause: Callable[[float], None]

    def bring_up(self, say: Say) -> None:
        """Start what does not live yet.

        Raises:
            DidNotStartError: the exchange or the host ended at once.
        """
        if self.exchange_arguments:
            self._start(EXCHANGE, self.exchange_arguments, say)
            self._await_exchange()
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
        for name in (DASHBOARD, HOST, HUB):
            self._stop(name, say)
        self._stop_bots(say)
        resting = self.resting()
        self._stop(EXCHANGE, say)
        return resting

    def resting(self) -> tuple[Resting, ...]:
        """Return the positions that are open, and who protects each."""
        books = self.records.totals()
        return tuple(
            Resting(
                bot.settings.name,
                bot.settings.symbol,
                books[bot.id].quantity,
                bot.base,
                self._protection(bot.id),
            )
            for bot in self.bots.all()
            if bot.id in books and books[bot.id].quantity
        )

    def _protection(self, bot_id: int) -> ProtectionRequest | None:
        for intent in self.records.intents(bot_id, limit=20):
            if intent.state is IntentState.ACCEPTED and isinstance(
                intent.request, ProtectionRequest
            ):
                return intent.request
        return None

    def _start(self, name: str, arguments: Sequence[str], say: Say) -> None:
        if self.daemons.alive(name):
            return
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

    def _stop(self, name: str, say: Say) -> None:
        if not self.daemons.alive(name):
            return
        say(f"ending the {name}")
        if not self.daemons.stop(name, STOP_S):
            raise TradefleetError(f"the {name} did not end within {STOP_S:.0f} s")

    def _stop_bots(self, say: Say) -> None:
        views = self.leases.all()
        if views:
            say(f"ending {len(views)} bots; each finishes the order in hand")
        for view in views.values():
            self.processes.ask_to_stop(view.lease.holder)
        waited = 0.0
        while any(self.processes.is_alive(view.lease.holder) for view in views.values()):
            if waited > STOP_S:
                alive = [id for id, v in views.items() if self.processes.is_alive(v.lease.holder)]
                raise TradefleetError(f"bots {alive} did not end within {STOP_S:.0f} s")
            self.pause(0.1)
            waited += 0.1

    def _sell_all(self, say: Say) -> None:
        wished = {bot.id: bot.wish for bot in self.bots.all()}
        holding = [id for id, books in self.records.totals().items() if books.quantity]
        for bot_id in holding:
            self.bots.wish(bot_id, Wish.STOP_SELL)
        say(f"selling {len(holding)} positions")
        waited = 0.0
        while left := [id for id in holding if self.records.totals()[id].quantity]:
            if waited > SELL_S:
                raise TradefleetError(
                    f"bots {left} have not sold within {SELL_S:.0f} s; nothing was ended"
                )
            self.pause(0.2)
            waited += 0.2
        for bot_id in holding:
            self.bots.wish(bot_id, wished[bot_id])
