"""What a bot did beside what the backtest says it does: every difference, with its cause in words.

A time counts by the candle it lies in: a bot acts a moment after the close, a backtest at the open.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradefleet.application.backtest.result import Result
from tradefleet.application.backtest.setup import Setup
from tradefleet.application.parity.lived import Lived
from tradefleet.domain.instrument import plain
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.domain.signal import Action

FEE = "the fee was not the one the backtest assumes"
SLIPPAGE = "the backtest assumes slippage, and the exchange filled without"
OTHER_OPINION = (
    "the strategy said something else about the same closed candles: it knows more in a backtest"
    " (look-ahead), remembers, or is not the same twice"
)
NOT_EVALUATED = "the bot made no evaluation at this close"
ONLY_BOT_EVALUATED = "only the bot evaluated at this close"
LATER = "follows from an earlier difference"
SAME_OPEN = (
    "the position before ended at the very open at which this buy was to be done: the bot, which"
    " looks a moment after the close, was flat already"
)
ALONE = "only one of them traded here"
LEVEL = "stop or target was filled at another price, or in another candle"
OPEN = "the market bought or sold at another price than the candle's open"
QUANTITY = "another quantity was bought for the same money"

NOT_DONE = frozenset({"denied", "refused", "unknown", "failed"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was not the same.

    Attributes:
        at: close time of the decision, or opening of the entry's candle, UTC milliseconds.
        what: `decision`, `trade`, or the name of a trade's figure.
        backtest, bot: what each of them says; None = it has nothing there.
        cause: in words.
    """

    at: int
    what: str
    backtest: str | None
    bot: str | None
    cause: str


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison came to.

    Attributes:
        decisions, trades: how many pairs were compared.
        differences: oldest first.
        renamed: exits at one price and moment which the bot calls stop or target and the backtest,
            by its rules, a signal: the level and the signal met at the same open.
    """

    decisions: int
    trades: int
    differences: tuple[Difference, ...]
    renamed: int = 0


def compare(result: Result, lived: Lived) -> Compared:
    """Return how a bot's record differs from the backtest of the same candles."""
    decided = list(_decisions(result, lived))
    pairs = _paired(result, lived)
    traded = list(_Trades(result, lived, decided).differences(pairs))
    return Compared(
        decisions=len(result.evaluated),
        trades=len(pairs),
        differences=tuple(sorted([*decided, *traded], key=lambda difference: difference.at)),
        renamed=sum(_is_renamed(ours, theirs) for ours, theirs in pairs),
    )


def _decisions(result: Result, lived: Lived) -> Iterator[Difference]:
    said = {evaluated.close_time: str(evaluated.action) for evaluated in result.evaluated}
    by_bot = {decision.close_time: decision for decision in lived.decisions}
    for close in sorted({*said, *by_bot}):
        here, there = said.get(close), by_bot.get(close)
        action = None if there is None else str(there.action)
        if here == action:
            continue
        if there is None:
            cause = NOT_EVALUATED
        elif here is None:
            cause = ONLY_BOT_EVALUATED
        elif there.action == Action.HOLD and not there.reasons:
            cause = f"the bot said: {there.sentence}"
        else:
            cause = OTHER_OPINION
        yield Difference(close, "decision", here, action, cause)


Pair = tuple[Trade | None, Trade | None]


def _paired(result: Result, lived: Lived) -> Sequence[Pair]:
    """Return the trades of both, by the candle of the entry, oldest first."""
    length = result.setup.candles.interval
    last = int(result.setup.candles.open_time[-1])
    ours = {trade.entry_time: trade for trade in result.trades}
    theirs = {
        one.entry_time // length * length: one
        for one in (*lived.trades, *_still_held(lived, result.setup.settings.symbol))
        if one.entry_time < last + length
    }
    return [(ours.get(at), theirs.get(at)) for at in sorted({*ours, *theirs})]


def _still_held(lived: Lived, symbol: str) -> Iterable[Trade]:
    """Return the trade that is not over, as far as it went."""
    held, zero = lived.held, Decimal(0)
    if held.quantity:
        yield Trade(
            symbol,
            held.opened_at,
            held.entry_price,
            0,
            zero,
            held.quantity,
            held.cost,
            zero,
            zero,
            ExitReason.END,
        )


def _is_renamed(ours: Trade | None, theirs: Trade | None) -> bool:
    if ours is None or theirs is None:
        return False
    by_level = theirs.exit_reason in (ExitReason.STOP_LOSS, ExitReason.TAKE_PROFIT)
    return by_level and ours.exit_reason is ExitReason.SIGNAL and _same_exit(ours, theirs)


def _same_exit(ours: Trade, theirs: Trade) -> bool:
    return ours.exit_price == theirs.exit_price and 0 <= theirs.exit_time - ours.exit_time < 60_000


class _Trades:
    """Compares trades, oldest first: what once differs makes everything after it differ."""

    def __init__(self, result: Result, lived: Lived, decided: Sequence[Difference]) -> None:
        self._setup = result.setup
        self._length = result.setup.candles.interval
        self._decided_at = min((one.at for one in decided), default=None)
        self._said = {decision.close_time + 1: decision for decision in lived.decisions}
        self._exits = {t.exit_time // self._length * self._length for t in lived.trades}
        self._money_differs = False

    def differences(self, pairs: Sequence[Pair]) -> Iterator[Difference]:
        """Yield what is not the same."""
        for ours, theirs in pairs:
            if ours is None or theirs is None:
                yield self._alone(ours, theirs)
                self._money_differs = True
                continue
            found = list(self._figures(ours, theirs))
            self._money_differs |= bool(found)
            yield from found

    def _alone(self, ours: Trade | None, theirs: Trade | None) -> Difference:
        trade = ours or theirs
        assert trade is not None
        at = trade.entry_time // self._length * self._length
        told = f"{plain(trade.quantity)} at {plain(trade.entry_price)}"
        here, there = (told, None) if theirs is None else (None, told)
        return Difference(at, "trade", here, there, self._why_alone(at, is_bots=ours is None))

    def _why_alone(self, at: int, *, is_bots: bool) -> str:
        said = self._said.get(at)
        if not is_bots and said is not None and said.outcome in NOT_DONE:
            return f"the bot did not buy: {said.sentence}"
        if self._follows(at):
            return LATER
        return SAME_OPEN if is_bots and at in self._exits else ALONE

    def _follows(self, at: int) -> bool:
        return self._money_differs or (self._decided_at is not None and self._decided_at < at)

    def _figures(self, ours: Trade, theirs: Trade) -> Iterator[Difference]:
        at = ours.entry_time
        causes = _Causes(self._setup, ours, theirs, follows=self._follows(at))
        if self._ended_before(ours, theirs):
            told = f"{theirs.exit_reason} at {plain(theirs.exit_price)}"
            yield Difference(at, "exit", "held to the end", told, causes.of("exit_time"))
        for name in _compared(ours):
            here, there = self._seen(ours, name), self._seen(theirs, name)
            if here == there or (name == "exit_reason" and _is_renamed(ours, theirs)):
                continue
            yield Difference(at, name, _text(here), _text(there), causes.of(name))

    def _ended_before(self, ours: Trade, theirs: Trade) -> bool:
        """Whether the bot sold what the backtest held until the data ended."""
        if ours.exit_reason is not ExitReason.END or theirs.exit_reason is ExitReason.END:
            return False
        return theirs.exit_time < int(self._setup.candles.open_time[-1]) + self._length

    def _seen(self, trade: Trade, name: str) -> Any:
        if name == "quantity":
            return trade.quantity + trade.dust
        value = getattr(trade, name)
        return value // self._length * self._length if name.endswith("_time") else value


def _compared(ours: Trade) -> Sequence[str]:
    """Return what is compared of a trade: of one the data ended, only its beginning."""
    entry = ("entry_price", "quantity", "cost")
    if ours.exit_reason is ExitReason.END:
        return entry
    return (*entry, "exit_time", "exit_price", "exit_reason", "fees", "profit")


class _Causes:
    """Says why a figure of a trade is not the same; the first difference is the cause of others."""

    def __init__(self, setup: Setup, ours: Trade, theirs: Trade, *, follows: bool) -> None:
        self._slips = bool(setup.assumptions.slippage)
        self._ours, self._theirs = ours, theirs
        self._follows = follows

    def of(self, name: str) -> str:
        """Return the cause in words."""
        ours, theirs = self._ours, self._theirs
        if self._slips and name.endswith("_price"):
            return SLIPPAGE
        if name == "entry_price":
            return OPEN
        if name in ("quantity", "cost"):
            return self._why_quantity(name)
        if name in ("exit_time", "exit_price", "exit_reason"):
            by_signal = ours.exit_reason is theirs.exit_reason is ExitReason.SIGNAL
            return OPEN if by_signal else LATER if self._follows else LEVEL
        return FEE if not self._follows and self._has_other_fee() else LATER

    def _why_quantity(self, name: str) -> str:
        ours, theirs = self._ours, self._theirs
        if self._slips:
            return SLIPPAGE
        if self._follows:
            return LATER
        is_fee = name == "quantity" and ours.cost == theirs.cost
        return FEE if is_fee else QUANTITY

    def _has_other_fee(self) -> bool:
        """Whether something else was taken of the same fills."""
        ours, theirs = self._ours, self._theirs
        same = ours.cost == theirs.cost and ours.exit_price == theirs.exit_price
        return same and ours.fees != theirs.fees


def _text(value: Any) -> str:
    return plain(value) if isinstance(value, Decimal) else str(value)
