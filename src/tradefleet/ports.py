"""What the application needs from the world: one page of promises.

Each adapter keeps one of them; `tests/contracts` holds every adapter to it. Money is
`Decimal`, times are UTC milliseconds. Any method of a store-side port may raise `StoreError`, of an
exchange-side port `ExchangeError`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from tradefleet.domain.bot import Bot, BotSettings, Halt, Status, Wish
from tradefleet.domain.candle import Candles
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.ledger import DustBooked, Entry, FillBooked
from tradefleet.domain.order import Fill, Order, OrderList, OrderRequest, ProtectionRequest, Purpose
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.domain.signal import Reason, Signal
from tradefleet.domain.strategy import Headline, Parameter

# ---------------------------------------------------------------- time


class Clock(Protocol):
    """The only source of time. Follows the exchange's clock where that is known."""

    def now(self) -> int:
        """Return UTC milliseconds."""

    def monotonic(self) -> float:
        """Return seconds that never jump; only differences mean anything."""


# ---------------------------------------------------------------- the exchange


@dataclass(frozen=True, slots=True)
class Price:
    """A last price and when it was true."""

    value: Decimal
    at: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What the wallet holds of one asset."""

    free: Decimal = Decimal(0)
    locked: Decimal = Decimal(0)


class MarketData(Protocol):
    """Public market data."""

    def instrument(self, symbol: str) -> Instrument:
        """Return a symbol's rules; `InputError` (`unknown_symbol`) if the exchange has none."""

    def closed_candles(self, symbol: str, interval: str, count: int) -> Candles:
        """Return the newest `count` closed candles, or all there are, oldest first."""

    def price(self, symbol: str) -> Price:
        """Return the last price; `DataError` if there is none."""

    def spread(self, symbol: str) -> Decimal | None:
        """Return how far bid and ask are apart, in percent of their middle.

        None where the book has no two sides, or they are crossed.
        """


class Broker(Protocol):
    """Orders of one account. Every order has three outcomes: done, refused, unknown."""

    @property
    def settle_ms(self) -> int:
        """After this long an order that was not found can no longer come to life."""

    def place(self, request: OrderRequest, since: float | None = None) -> Order:
        """Send an order once.

        Args:
            request: the order.
            since: the clock's `monotonic` when it was decided: long after that it is not sent any
                more. None = now.

        Raises:
            OrderRefusedError: it did not happen.
            ExchangeUnavailableError: it did not happen, nothing was accepted.
            OutcomeUnknownError: it may have happened; ask `find`, never send again.
        """

    def protect(self, request: ProtectionRequest, since: float | None = None) -> OrderList:
        """Send stop and target once; arguments and errors as `place`.

        A single order comes as a list of one.
        """

    def enter(
        self, entry: OrderRequest, protection: ProtectionRequest, since: float | None = None
    ) -> tuple[Order, OrderList]:
        """Send a limit buy, its stop and its target once, as one list; as `place`.

        The legs work as soon as the entry has filled whole, for what it brought.
        """

    def find(self, symbol: str, client_order_id: str) -> Order | None:
        """Return the order with its fills, or None if the exchange does not know it (yet)."""

    def find_protection(self, request: ProtectionRequest) -> OrderList | None:
        """Return the protection as it stands, fills included, or None if it is not known (yet)."""

    def cancel_protection(
        self, request: ProtectionRequest, since: float | None = None
    ) -> OrderList:
        """Cancel what still rests; return the final state, in which a leg may have been filled.

        `since` as for `place`.
        """

    def search(self, request: OrderRequest | ProtectionRequest, since: int) -> tuple[Order, ...]:
        """Look for what `find` does not know in every list of the account; () = in none.

        The proof that it never was placed. What is found comes without a promise of its fills.
        `since` is when it was written down, UTC milliseconds.
        """

    def open_orders(self, symbol: str) -> tuple[Order, ...]:
        """Return all resting orders of the account in one symbol."""

    def balances(self) -> Mapping[str, Balance]:
        """Return the wallet; assets that are not held may be absent."""

    def commission(self, symbol: str) -> Decimal:
        """Return the largest part of a buy that may be taken as commission; 0.001 = 0.1 %."""

    def fills_since(self, symbol: str, trade_id: int) -> tuple[Fill, ...]:
        """Return the account's fills with a trade id of at least `trade_id`, oldest first."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What the account and its key may do.

    Attributes:
        trade: it may trade.
        withdraw: the key may move money away; None where the exchange does not tell.
        fixed_address: the key works from chosen addresses only; None where that is not told.
    """

    trade: bool
    withdraw: bool | None = None
    fixed_address: bool | None = None


class RingKind(StrEnum):
    """What a bell rang for."""

    CANDLE = "candle"
    ACCOUNT = "account"
    HUB_LOST = "hub_lost"


@dataclass(frozen=True, slots=True)
class Ring:
    """A hint that something happened; the truth is fetched, never taken from the ring.

    Attributes:
        client_order_id: of the order that changed (`ACCOUNT`), else empty.
    """

    kind: RingKind
    symbol: str = ""
    client_order_id: str = ""


class Bell(Protocol):
    """Wakes a bot when a candle closes or one of its orders changes."""

    def fileno(self) -> int:
        """Return a descriptor to wait on, or -1 while there is no hub."""

    def watch(self, symbol: str, interval: str, order_prefix: str) -> None:
        """Say what to be woken for; survives the hub's restarts."""

    def heard(self) -> tuple[Ring, ...]:
        """Return what rang since the last call, without waiting; reconnects if need be."""


# ---------------------------------------------------------------- the store: one bot's journal


class IntentState(StrEnum):
    """What became of something we meant to send."""

    OPEN = "open"  # written down; sent or not, the outcome is not known yet
    ACCEPTED = "accepted"  # the exchange has it and it still works (a resting protection)
    DONE = "done"  # final at the exchange, its fills are booked
    REFUSED = "refused"
    ABSENT = "absent"  # provably never happened
    FORGOTTEN = "forgotten"  # the exchange had it and knows it no more: the account was reset


@dataclass(frozen=True, slots=True)
class Intent:
    """Something we mean to send, written down before the network is touched.

    Attributes:
        sequence: counts up within the bot.
        created_at: when it was written, by the exchange's clock.
        detail: why it was refused or how it ended, in plain words.
        exit_reason: why it sells; only exits mean it.
        stop_loss, take_profit: of an entry: percent from the fill that the signal brought along,
            None = the bot's own. Of protection that comes with its entry: what it was made from.
        naked_ms: of protection: how long, by the exchange's times, the position had no stop before
            this one rested; None where it never did.
    """

    sequence: int
    purpose: Purpose
    request: OrderRequest | ProtectionRequest
    created_at: int
    state: IntentState = IntentState.OPEN
    detail: str = ""
    exit_reason: ExitReason = ExitReason.SIGNAL
    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    naked_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The record of one evaluation.

    Attributes:
        close_time: of the newest candle looked at.
        at: when it was decided.
        action: what the strategy said.
        outcome: one word of `bought`, `sold`, `held`, `denied`, `refused`, `unknown`, `failed`.
        sentence: the whole of it in one line for people.
        price: closing price it was made at.
        values: indicator values.
    """

    close_time: int
    at: int
    action: str
    outcome: str
    sentence: str
    price: Decimal
    reasons: tuple[Reason, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)


class Journal(Protocol):
    """The facts of one bot. Only the bot's own process writes it, and only under its lease.

    Every write checks the lease's epoch and raises `LeaseError` if another process took over.
    """

    def confirm_lease(self) -> None:
        """Raise `LeaseError` if another process took over: before what leaves no intent."""

    def next_sequence(self) -> int:
        """Return the number of the next intent."""

    def record_intent(self, intent: Intent) -> None:
        """Write an intent down durably, before anything is sent."""

    def settle_intent(
        self, sequence: int, state: IntentState, detail: str = "", naked_ms: int | None = None
    ) -> None:
        """Record what became of an intent; `naked_ms` where it began to protect a position."""

    def open_intents(self) -> tuple[Intent, ...]:
        """Return intents in state OPEN or ACCEPTED, oldest first."""

    def newest_intent(self, purpose: Purpose) -> Intent | None:
        """Return the newest intent of a purpose, whatever became of it."""

    def book(self, fills: Sequence[FillBooked]) -> tuple[FillBooked, ...]:
        """Book fills durably; known trade ids are ignored. Return those that were new."""

    def book_dust(self, entry: DustBooked) -> None:
        """Close the trade, the rest being too small to sell."""

    def entries(self) -> tuple[Entry, ...]:
        """Return the whole history of the ledger, oldest first."""

    def record_decision(self, decision: Decision) -> None:
        """Keep the record of an evaluation."""


# ---------------------------------------------------------------- the store: the fleet


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that runs a bot. `pid` with `started_at` names it even if the pid is reused."""

    pid: int
    started_at: float
    host: str
    boot: str
    launcher: str


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to run a bot; whoever holds the highest epoch is the only writer."""

    bot_id: int
    epoch: int
    holder: Holder


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a running bot says about itself.

    Attributes:
        waiting_for: one sentence.
        protection: who protects the position: `exchange`, `bot`, `none` or empty when flat.
        stop_price, target_price: of the open position.
        alone: no hub, working at a reduced rhythm.
    """

    at: int
    status: Status
    waiting_for: str = ""
    next_evaluation_at: int = 0
    last_decision_at: int = 0
    price: Decimal | None = None
    protection: str = ""
    stop_price: Decimal | None = None
    target_price: Decimal | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class LeaseView:
    """A lease as others see it; `heartbeat` is None until the first beat."""

    lease: Lease
    heartbeat: Heartbeat | None


class Leases(Protocol):
    """Who runs which bot."""

    def acquire(self, bot_id: int, holder: Holder, now: int) -> Lease:
        """Take a bot, with a new epoch.

        Raises:
            LeaseError: its holder is alive (same process, or a heartbeat younger than 30 s from
                another machine).
        """

    def beat(self, lease: Lease, heartbeat: Heartbeat) -> None:
        """Renew the lease; `LeaseError` if it was taken over."""

    def release(self, lease: Lease) -> None:
        """Give the bot back."""

    def all(self) -> Mapping[int, LeaseView]:
        """Return every held lease by bot id."""


class Bots(Protocol):
    """The fleet as the person set it up."""

    def create(
        self,
        settings: BotSettings,
        base: str,
        quote: str,
        now: int,
        *,
        bot_id: int | None = None,
        key: str = "",
    ) -> Bot:
        """Add a bot, stopped, under a new id.

        Args:
            settings: already checked.
            base, quote: of its symbol.
            now: UTC milliseconds.
            bot_id: an id to take instead; `InputError` (`id_taken`) if it is or was in use.
            key: of the request; a request that comes again within a day gets the first one's bot.
        """

    def get(self, bot_id: int) -> Bot:
        """Return a bot; `InputError` (`unknown_bot`) if there is none."""

    def all(self) -> tuple[Bot, ...]:
        """Return every bot that was not deleted, by id."""

    def update(
        self, bot_id: int, settings: BotSettings, version: int, *, base: str = "", quote: str = ""
    ) -> Bot:
        """Change a bot; with a new symbol also its `base` and `quote`.

        Raises:
            InputError: it changed meanwhile (`stale_version`), or it has traded and gets another
                symbol (`symbol_in_use`): its books are in the old one.
        """

    def wish(self, bot_id: int, wish: Wish) -> Bot:
        """Say what the bot should do; clears its failure."""

    def fail(self, bot_id: int, why: str) -> None:
        """Record why a bot cannot run; empty clears it."""

    def delete(self, bot_id: int) -> None:
        """Remove a bot; its history stays, its id is never used again."""


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


# ---------------------------------------------------------------- the store: everything else


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


class Severity(StrEnum):
    """How much a finding matters: `info`, amber `look`, red `act`."""

    INFO = "info"
    LOOK = "look"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a person should know until it is over.

    Attributes:
        code: stable word such as `heartbeat_lost`; one open finding per code and bot.
        bot_id: 0 = the whole system.
    """

    code: str
    severity: Severity
    text: str
    opened_at: int
    bot_id: int = 0


class Findings(Protocol):
    """What is wrong now."""

    def open(self, finding: Finding) -> bool:
        """Open a finding or refresh its text; return whether it is new."""

    def close(self, code: str, bot_id: int = 0) -> bool:
        """Close a finding; return whether it was open."""

    def all(self) -> tuple[Finding, ...]:
        """Return open findings, worst first."""


@dataclass(frozen=True, slots=True)
class Message:
    """A text on its way to a person.

    Attributes:
        kind: `alarm`, `trade`, `summary` or `manual`.
        key: messages with the same non-empty key are sent once.
    """

    kind: str
    text: str
    created_at: int
    key: str = ""
    id: int = 0
    attempts: int = 0


class Outbox(Protocol):
    """Messages waiting to be delivered; written with the fact they tell of."""

    def put(self, message: Message) -> None:
        """Queue a message."""

    def due(self, now: int, limit: int = 10) -> tuple[Message, ...]:
        """Return messages whose next attempt has come, oldest first."""

    def sent(self, message_id: int, now: int) -> None:
        """Record a delivery."""

    def failed(self, message_id: int, why: str, next_attempt_at: int | None) -> None:
        """Record a failure; None gives up."""

    def put_off(self, message_id: int, next_attempt_at: int) -> None:
        """Let a message wait; that is no attempt."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What a person (or the system for them) did."""

    at: int
    actor: str
    action: str
    detail: str = ""
    bot_id: int = 0


class Activities(Protocol):
    """The audit log of operator actions."""

    def record(self, activity: Activity) -> None:
        """Add an action."""

    def newest(self, limit: int = 100) -> tuple[Activity, ...]:
        """Return actions, newest first."""


@dataclass(frozen=True, slots=True)
class StandingHalt:
    """A stop of the whole fleet, as it stands in the store.

    Attributes:
        id: tells it from every other; receipts name the halt they answer.
    """

    how: Halt
    actor: str
    at: int
    id: str


@dataclass(frozen=True, slots=True)
class RestingOrder:
    """An order of a bot as the exchange showed it; `quantity` is what is not filled yet."""

    client_order_id: str
    side: str
    type: str
    quantity: Decimal
    price: Decimal
    stop_price: Decimal


@dataclass(frozen=True, slots=True)
class Sold:
    """What one order sold; `quote` before fees."""

    order_id: int
    quantity: Decimal
    quote: Decimal

    @property
    def price(self) -> Decimal:
        """Average price."""
        return (self.quote / self.quantity).quantize(Decimal("1e-8")).normalize()


@dataclass(frozen=True, slots=True)
class BotReceipt:
    """What one bot left behind when it was paused or stopped.

    Attributes:
        version: of the bot as it was told.
        halt: id of the halt it answers; empty if the bot alone was told.
        held: base of the position that is left.
        resting: its orders at the exchange.
        sold: since it was told.
        checked: whether the exchange was asked what rests there.
        trouble: what could not be done; empty if all could.
    """

    bot_id: int
    version: int
    how: Halt
    at: int
    halt: str = ""
    held: Decimal = Decimal(0)
    resting: tuple[RestingOrder, ...] = ()
    sold: tuple[Sold, ...] = ()
    checked: bool = False
    trouble: str = ""
    sentence: str = ""


class Halts(Protocol):
    """The stop of the whole fleet, and what each bot left behind when it stopped."""

    def standing(self) -> StandingHalt | None:
        """Return the stop of the whole fleet, if one stands."""

    def raise_halt(self, how: Halt, actor: str, now: int) -> StandingHalt:
        """Stop the whole fleet: one durable write; `Bots` tell of it from then on."""

    def reset(self, actor: str, now: int, *, resume: bool) -> bool:
        """End the stop; return whether one stood.

        Args:
            actor: who ends it.
            now: UTC milliseconds.
            resume: let bots do what they were told before; else those that ran stay stopped.
        """

    def leave(self, receipt: BotReceipt) -> None:
        """Keep what a bot found at the exchange when it stopped."""

    def receipts(self) -> Mapping[int, BotReceipt]:
        """Return the newest receipt of every bot that ever left one."""


@dataclass(frozen=True, slots=True)
class Arming:
    """A person's permission to trade a bot with real money.

    Attributes:
        cap: quote one buy may spend at most.
        key: what the exchange's key was known by (`Credentials.mark`).
        reason: why a key that may withdraw is used all the same.
    """

    bot_id: int
    symbol: str
    cap: Decimal
    armed_at: int
    expires_at: int
    actor: str
    key: str
    reason: str = ""


class Armings(Protocol):
    """Which bots are armed for real money; `Bots.update` and `delete` end an arming."""

    def get(self, bot_id: int) -> Arming | None:
        """Return a bot's arming, expired or not."""

    def arm(self, arming: Arming) -> None:
        """Arm a bot, instead of how it was armed before."""

    def disarm(self, bot_id: int, actor: str, now: int) -> bool:
        """End an arming; return whether there was one."""


class News(Protocol):
    """Headlines of the whole fleet, fetched and scored once."""

    def add(self, headlines: Sequence[Headline]) -> None:
        """Keep headlines; known ones (source, title, time) are ignored or get their score."""

    def between(self, since: int, until: int, symbol: str = "") -> tuple[Headline, ...]:
        """Return those with `since < published <= until` about `symbol` or the whole market."""


class Sessions(Protocol):
    """Who may use the dashboard."""

    def secret(self, name: str) -> str:
        """Return a stored secret hash (`password`, `token`) or an empty text."""

    def set_secret(self, name: str, value: str) -> None:
        """Store a secret's hash."""

    def begin(self, session_hash: str, now: int, idle_ms: int) -> None:
        """Store a browser session."""

    def touch(self, session_hash: str, now: int, idle_ms: int) -> bool:
        """Return whether a session is alive, and keep it so."""

    def end(self, session_hash: str) -> None:
        """End a session."""

    def living(self, now: int) -> Mapping[str, int]:
        """Return when each living session will end by itself, by its hash."""

    def add_link(self, link_hash: str, expires_at: int) -> None:
        """Store a single-use login link."""

    def use_link(self, link_hash: str, now: int) -> bool:
        """Return whether a login link was good; it is not any more."""


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


# ---------------------------------------------------------------- strategies and charts


@dataclass(frozen=True, slots=True)
class StrategyCard:
    """What people may know of a strategy without running it.

    Attributes:
        warmup: candles it needs, with its default parameters.
        source: `built-in` or `yours`.
        native: False for a class of the sketch's form (`analyze(data)`), which has no parameters.
    """

    key: str
    title: str
    summary: str
    doc: str
    warmup: int
    parameters: Mapping[str, Parameter[Any]] = field(default_factory=dict)
    needs_news: bool = False
    source: str = "built-in"
    native: bool = True


class Catalogue(Protocol):
    """The strategies there are, the person's own files included as they come and go."""

    def cards(self) -> Mapping[str, StrategyCard]:
        """Return every usable strategy by key."""

    def faulty(self) -> Mapping[str, str]:
        """Return what is wrong with each file that cannot be used, by file name."""


class Decider(Protocol):
    """A strategy with its parameters set, wherever it runs; the bot decides through it."""

    @property
    def warmup(self) -> int:
        """Candles it needs, at most 1,000."""

    @property
    def needs_news(self) -> bool:
        """Whether it wants headlines."""

    def decide(self, candles: Candles, news: Sequence[Headline] | None = None) -> Signal:
        """Return its opinion.

        Raises:
            StrategyError: it raised, hung past its deadline or answered nonsense; counts as HOLD,
                and the next call begins afresh.
        """


class Deciders(Protocol):
    """Makes strategies ready to decide."""

    def decider(self, strategy: str, parameters: Mapping[str, Any]) -> Decider:
        """Return a strategy with its parameters set.

        Raises:
            InputError: no such strategy, or an unknown or illegal parameter.
            StrategyError: the person's file is faulty; its error.
        """


class ChartData(Protocol):
    """Candles for the eye, from the hub; never for a decision."""

    def candles(self, symbol: str, interval: str, limit: int) -> Sequence[Sequence[Any]]:
        """Return `[open_time, open, high, low, close, volume]`, prices as texts, oldest first.

        Up to 1,000 the newest may still be open; of more, up to 10,000, all are closed. Raises
        `DataError` where the hub does not answer.
        """


# ---------------------------------------------------------------- people and processes


class NewsFeed(Protocol):
    """A source of headlines."""

    def headlines(self, since: int) -> tuple[Headline, ...]:
        """Return headlines published after `since`, unscored; `DataError` if it cannot be read."""


class Scorer(Protocol):
    """Reads headlines; never invents a score."""

    def score(self, headlines: Sequence[Headline]) -> tuple[Headline, ...]:
        """Return the headlines with scores; what could not be scored keeps None."""


class Notifier(Protocol):
    """A way to reach a person."""

    name: str

    def send(self, text: str) -> None:
        """Deliver a text, or raise `NotifyError`."""


class Launcher(Protocol):
    """A way to give a bot a process of its own."""

    name: str

    def launch(self, bot_id: int) -> None:
        """Start the bot's process; whether it lives is told by its lease, never by us."""


class Processes(Protocol):
    """The processes of this machine, by pid and start time: a reused pid is never hit."""

    def here(self, launcher: str) -> Holder:
        """Return this very process, started by `launcher`."""

    def is_alive(self, holder: Holder) -> bool:
        """Return whether the process lives on this machine since the same boot."""

    def ask_to_stop(self, holder: Holder) -> None:
        """Send SIGTERM; a process that is gone is left alone."""

    def kill(self, holder: Holder) -> None:
        """Send SIGKILL; a process that is gone is left alone."""


class BotLog(Protocol):
    """A bot's log: text for people, which nothing ever reads back.

    Every line may hold text of strangers (names, error messages): the adapter escapes control
    characters.
    """

    def info(self, text: str) -> None:
        """Write a line of what happens."""

    def warning(self, text: str) -> None:
        """Write a line of what a person should know."""

    def error(self, text: str) -> None:
        """Write a line of what went wrong."""
