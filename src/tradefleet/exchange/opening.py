"""How the exchange opens: what is remembered, which market, whose accounts."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from tradefleet.domain.errors import InputError
from tradefleet.exchange.account_files import DEFAULT_BALANCES, AccountFields, read_accounts
from tradefleet.exchange.books.accounts import TRADE_PERMISSION, Credential
from tradefleet.exchange.books.books import Books
from tradefleet.exchange.books.fee_terms import FeeTerms
from tradefleet.exchange.books.log import FileLog
from tradefleet.exchange.protocols import Market
from tradefleet.exchange.signing import check_credential
from tradefleet.exchange.venue import Venue

Say = Callable[[str], None]
OpenMarket = Callable[[int, dict[str, Any] | None], Market]
"""Makes a new market from a seed, or continues one from its state."""

_SEEDS = 2**31


@dataclass(frozen=True, slots=True)
class Options:
    """How the exchange is run.

    Attributes:
        state: folder of its memory.
        market: what is traded, as the person named it; a memory belongs to one market.
        port: 0 = any free one.
        seed: of a new synthetic market; None = by chance.
        patience: how much faster than real time the market's clock runs.
        fresh: put the old memory aside and start anew.
        api_key, api_secret: of the one account; or an `accounts` file.
        balances: of new accounts that name none themselves; empty = 10,000 USDT.
        faults: file of a fault table.
        ready_file: written when the exchange listens: `{"port", "pid"}`.
        watch: the exchange ends when this folder disappears.
    """

    state: Path
    market: str = "synthetic"
    host: str = "127.0.0.1"
    port: int = 5002
    seed: int | None = None
    patience: int = 1
    fresh: bool = False
    api_key: str = ""
    api_secret: str = ""
    accounts: Path | None = None
    balances: Mapping[str, Decimal] = field(default_factory=dict)
    faults: Path | None = None
    ready_file: Path | None = None
    watch: Path | None = None


def open_venue(options: Options, log: FileLog, open_market: OpenMarket, say: Say) -> Venue:
    """Return the exchange as it was left, or a new one.

    Args:
        options: how it is run.
        log: its memory.
        open_market: makes or continues the market.
        say: hears what a person should know, a sentence at a time.

    Raises:
        InputError: the memory belongs to another market, or an account cannot be used.
        StoreError: the memory cannot be read.
    """
    wanted = _wanted_accounts(options)
    books = Books()
    for record in log.replay():
        books.apply(record)
    seed, state = _market_state(options, books, say)
    market = open_market(seed, state)
    venue = Venue(
        market,
        log,
        books,
        patience=options.patience,
        describe=lambda: {"spec": options.market, "seed": seed},
    )
    _open_accounts(venue, options, wanted, say)
    venue.compact()
    return venue


def _market_state(options: Options, books: Books, say: Say) -> tuple[int, dict[str, Any] | None]:
    """Return the seed, and the state to continue from; None for a new market."""
    kept = books.market
    if not kept:
        return (secrets.randbelow(_SEEDS) if options.seed is None else options.seed), None
    if kept["spec"] != options.market:
        raise InputError(
            f"{options.state} remembers the market {kept['spec']!r}, asked for was"
            f" {options.market!r}; start it with --fresh (the old account is archived) or with"
            " another --state",
            field="market",
            code="other_market",
        )
    if options.seed not in (None, kept["seed"]):
        say(f"--seed {options.seed} is ignored: this market began with seed {kept['seed']}")
    state = dict(kept["state"])
    if "until" in state:
        state["until"] = max(state["until"], books.latest - kept.get("skew", 0))
    return kept["seed"], state


def _wanted_accounts(options: Options) -> list[AccountFields]:
    if options.accounts is not None and options.api_key:
        raise InputError("expected --accounts or --api-key, was both", field="accounts")
    if bool(options.api_key) != bool(options.api_secret):
        raise InputError("expected --api-key and --api-secret, was one of them", field="api_key")
    if options.accounts is not None:
        return read_accounts(options.accounts)
    if not options.api_key:
        return []
    credential = Credential(options.api_key, "HMAC", options.api_secret)
    check_credential(credential)
    return [_usual(credential, options)]


def _open_accounts(venue: Venue, options: Options, wanted: list[AccountFields], say: Say) -> None:
    accounts = venue.books.accounts
    if not wanted and not list(accounts):
        wanted = [_generated(options, say)]
    for fields in wanted:
        credential = fields.credential
        known = accounts.by_key(credential.key)
        if known is None:
            venue.engine.open_account(*fields)
            continue
        known.credential, known.permissions = credential, fields.permissions
        known.asset_limits, known.fees = fields.asset_limits, fields.fees
        if options.balances:
            say(f"--balance is ignored: the account {credential.key} exists and keeps its money")


def _generated(options: Options, say: Say) -> AccountFields:
    credential = Credential(secrets.token_hex(32), "HMAC", secrets.token_hex(32))
    say(f"API key    {credential.key}")
    say(f"API secret {credential.secret}")
    return _usual(credential, options)


def _usual(credential: Credential, options: Options) -> AccountFields:
    balances = dict(options.balances or DEFAULT_BALANCES)
    return AccountFields(credential, (TRADE_PERMISSION,), balances, {}, FeeTerms())
