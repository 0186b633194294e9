"""What requests look like: strict types, nothing unknown, nothing coerced."""

import math
import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    WithJsonSchema,
)

from tradefleet.application.terms import read_amount
from tradefleet.domain.bot import Sizing
from tradefleet.domain.folds import LEAST_TEST, LEAST_TRAIN
from tradefleet.ports.uploads import PIECE


def amount_of(value: object) -> Decimal:
    """Return an amount given as a JSON number or as plain ASCII digits; nothing else is one."""
    if isinstance(value, str):
        return read_amount(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**13:
        return read_amount(str(value))
    if isinstance(value, float) and math.isfinite(value):
        return read_amount(format(Decimal(repr(value)), "f"))
    return read_amount("")


Amount = Annotated[
    Decimal,
    BeforeValidator(amount_of),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                {"type": "string", "pattern": r"^[0-9]{1,13}(\.[0-9]{1,8})?$"},
            ]
        }
    ),
]
Value = StrictBool | StrictInt | StrictFloat | StrictStr
LONGEST_PART = 10_000  # days
Word = Annotated[str, Field(max_length=64)]


class Strict(BaseModel):
    """A body in which every field is known and has its very type."""

    model_config = ConfigDict(strict=True, extra="forbid")


class BotFields(Strict):
    """What a person may set about a bot."""

    interval: Word | None = None
    every: Word | None = None
    stop_loss: Amount | None = None
    take_profit: Amount | None = None
    price_cap: Amount | None = None
    trailing_stop: Amount | None = None
    break_even: Amount | None = None
    bot_side_stop: StrictBool | None = None
    sizing: Literal["compound", "fixed"] | None = None
    parameters: dict[Word, Value] | None = None
    rules: dict[Word, dict[Word, Value]] | None = None
    mode: Word | None = None

    def settings(self) -> dict[str, Any]:
        """Return the given fields by their name in `BotSettings`."""
        given = self.model_dump(exclude_none=True, exclude={"mode", "start", "version", "from_run"})
        if "sizing" in given:
            given["sizing"] = Sizing(given["sizing"])
        return given


class PreviewBot(Strict):
    """What a bot would be; where something is left out, its default counts."""

    symbol: Word
    strategy: Word
    interval: Word | None = None
    every: Word | None = None
    stop_loss: Amount | None = None
    take_profit: Amount | None = None
    price_cap: Amount | None = None
    trailing_stop: Amount | None = None
    break_even: Amount | None = None
    bot_side_stop: StrictBool | None = None
    parameters: dict[Word, Value] | None = None


class CreateBot(BotFields):
    """A new bot.

    `from_run` names the research its settings are from: what a search has chosen makes a bot only
    where it held out of sample, and on paper.
    """

    name: Annotated[str, Field(max_length=1_000)]
    symbol: Word
    strategy: Word
    trade_amount: Amount
    start: bool = False
    from_run: Word | None = None


class UpdateBot(BotFields):
    """Changes of a bot; `version` is that of the bot the changes were made against."""

    name: Annotated[str, Field(max_length=1_000)] | None = None
    symbol: Word | None = None
    strategy: Word | None = None
    trade_amount: Amount | None = None
    version: int | None = Field(None, ge=1)


class StopBot(Strict):
    """How a bot stops: its position stays protected, or is sold first."""

    how: Literal["keep", "sell"] = "keep"


class Settle(Strict):
    """What became of what a bot owns and the wallet does not hold."""

    choice: Literal["adopt", "write-off", "resume"]


class Panic(Strict):
    """Stop everything: entries only, the bots, or the bots after they have sold."""

    how: Literal["pause", "keep", "sell"]
    confirm: Literal["STOP"]


class Reset(Strict):
    """End a stop of everything; without `resume` bots that ran stay stopped."""

    resume: bool = False


class ArmBot(Strict):
    """Arm a bot for real money: its symbol typed again, and the owner's password or token."""

    symbol: Word
    cap: Amount
    password: Annotated[str, Field(min_length=1, max_length=1_000)]
    days: int = Field(30, ge=1, le=90)
    reason: Annotated[str, Field(max_length=500)] = ""


class DeleteBot(Strict):
    """What becomes of a position when its bot is deleted."""

    disposition: Literal["refuse", "sell", "release"] = "refuse"


class Alert(Strict):
    """A message to the owner."""

    message: Annotated[str, Field(min_length=1, max_length=500)]


class BotPath(BaseModel):
    """Which bot."""

    bot_id: int = Field(ge=0, le=2**31 - 1)


class SessionPath(BaseModel):
    """Which session, by the beginning of its hash."""

    name: Annotated[str, Field(max_length=64)]


class Limit(BaseModel):
    """How many."""

    limit: int = Field(100, ge=1, le=1_000)


class DecisionsQuery(Limit):
    """A page of decisions: those before a close time."""

    before: int | None = Field(None, ge=0, le=2**53)


class CandlesQuery(BaseModel):
    """A stretch of candles; without an interval the bot's own."""

    interval: Word | None = None
    limit: int = Field(300, ge=1, le=1_000)


class LogQuery(BaseModel):
    """The end of a log, filtered."""

    lines: int = Field(200, ge=1, le=5_000)
    q: Annotated[str, Field(max_length=200)] = ""
    level: Literal["", "DEBUG", "INFO", "WARNING", "ERROR"] = ""


class EquityQuery(BaseModel):
    """Whose worth (0 = the fleet's), how far back."""

    bot: int = Field(0, ge=0, le=2**31 - 1)
    range: Literal["hour", "day", "week", "month", "all"] = "day"


class CoinsQuery(BaseModel):
    """What to look for."""

    q: Annotated[str, Field(max_length=32)] = ""
    quote: Annotated[str, Field(max_length=16)] = "USDT"
    limit: int = Field(20, ge=1, le=200)


class EventsQuery(BaseModel):
    """Which bot to hear of besides the overview."""

    bot: int | None = Field(None, ge=1, le=2**31 - 1)


def _moment(text: str) -> str:
    datetime.fromisoformat(text)
    return text


def _like(pattern: str, wanted: str) -> AfterValidator:
    """Return a check whose refusal says in words, not by a pattern, what was expected."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError(f"expected {wanted}, was {text[:40]!r}")
        return text

    return AfterValidator(check)


DAY, SYMBOL = r"^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$", r"^[A-Z0-9]{1,40}$"
Day = Annotated[
    str,
    Field(json_schema_extra={"pattern": DAY}),
    _like(DAY, "a day such as 2024-01-31"),
    AfterValidator(_moment),
]
Numeral = Annotated[
    str, Field(json_schema_extra={"pattern": SYMBOL}), _like(SYMBOL, "a symbol such as BTCUSDT")
]


class StartBacktest(Strict):
    """A bot and the candles it is played on; `start` and `end` are in UTC.

    With `more_symbols` each symbol has a bot of its own, and all of them one wallet, in which
    there are places for `max_open` positions at once; as many as symbols unless said.
    """

    strategy: Word
    symbol: Numeral
    more_symbols: list[Numeral] = Field([], max_length=99)
    max_open: int | None = Field(None, ge=1)
    interval: Word
    every: Word
    trade_amount: Amount
    stop_loss: Amount = Decimal(2)
    take_profit: Amount = Decimal(5)
    price_cap: Amount = Decimal(0)
    trailing_stop: Amount = Decimal(0)
    break_even: Amount = Decimal(0)
    sizing: Literal["compound", "fixed"] = "compound"
    fee_percent: Amount = Decimal("0.1")
    slippage_percent: Amount = Decimal(0)
    detail: Word | None = None
    start: Day | None = None
    end: Day | None = None
    parameters: dict[Word, Value] = {}


class BeginUpload(Strict):
    """A file of candles that is to be sent, and its bytes."""

    name: Annotated[str, Field(max_length=1_000)]
    size: int = Field(ge=0, le=2**53)


class Piece(Strict):
    """A part of a file in base64, and how many bytes come before it."""

    at: int = Field(ge=0, le=2**53)
    data: Annotated[str, Field(max_length=2 * PIECE)]


class ImportCandles(Strict):
    """What candles are of, where the file's name does not say; `replace` lets them win."""

    symbol: Annotated[str, _like(r"[A-Za-z0-9]{0,40}", "a symbol such as BTCUSDT")] = ""
    interval: Word = ""
    replace: bool = False


class DownloadCandles(Strict):
    """Which candles to fetch; `start` and `end` are in UTC, without an end until now."""

    symbol: Numeral
    interval: Word = "5m"
    start: Day
    end: Day | None = None


class UploadPath(BaseModel):
    """Which file that is being sent."""

    upload: Annotated[str, Field(max_length=64)]


class KeptPath(BaseModel):
    """Which kept candles."""

    symbol: Numeral
    interval: Word


class StartCheck(Strict):
    """Which strategy is to be looked at, on which kept candles; parameters left out are default."""

    strategy: Word
    symbol: Numeral
    interval: Word
    parameters: dict[Word, Value] = {}


class StartOptimisation(Strict):
    """What is to be tried: a kept backtest, and `space` as the command line writes it.

    A parameter of `space` is `LOW:HIGH[:STEP]` or `a,b,c`. `train` and `test` are days of each
    part; what is left out of them and `folds` follows from the others, as on the command line.
    """

    run: Word
    space: dict[Word, Annotated[str, Field(max_length=200)]]
    trials: int = Field(200, ge=2, le=10_000)
    method: Literal["random", "grid", "tpe"] = "random"
    objective: Literal["sharpe", "return"] = "sharpe"
    folds: int | None = Field(None, ge=1, le=1_000)
    train: int | None = Field(None, ge=LEAST_TRAIN, le=LONGEST_PART)
    test: int | None = Field(None, ge=LEAST_TEST, le=LONGEST_PART)
    anchored: bool = False
    seed: int = Field(1, ge=0, le=2**31 - 1)


class RunPath(BaseModel):
    """Which run of research."""

    run_id: Annotated[str, Field(max_length=64)]


class SymbolQuery(BaseModel):
    """Which of the symbols of a run; empty = its first."""

    symbol: Word = ""


class RunsQuery(BaseModel):
    """Runs of what."""

    kind: Literal["backtest", "check", "optimise", "candles"]
