"""Accounts: who trades here and what they own.

A balance changes in three ways only: funds are locked or released (the sum stays), a fill
exchanges one asset for another, and the operator of the exchange deposits or withdraws.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tradefleet.domain.errors import RuleBrokenError
from tradefleet.exchange.books.fee_terms import FeeTerms, terms_from, terms_record
from tradefleet.exchange.decimals import ZERO

TRADE_PERMISSION = "SPOT"
WITHDRAW_PERMISSION = "WITHDRAW"  # of its key; nothing can be withdrawn here, only be told of


@dataclass(slots=True)
class Balance:
    """What an account owns of one asset; neither part is ever negative."""

    free: Decimal = ZERO
    locked: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Credential:
    """An API key and what proves its possession.

    Attributes:
        key: sent with each request.
        kind: `HMAC`, `RSA` or `Ed25519`.
        secret: the shared secret (HMAC) or the public key in PEM.
    """

    key: str
    kind: str
    secret: str


@dataclass(slots=True)
class Account:
    """One account with its money.

    Attributes:
        permissions: with `SPOT` it may trade, without it may only look; `WITHDRAW` makes its key
            one that a careful client refuses.
        asset_limits: the most of an asset that one order may move (the filter MAX_ASSET).
        fees: what it pays for its trades.
        updated_at: of the last change of a balance, UTC milliseconds.
    """

    uid: int
    credential: Credential
    permissions: tuple[str, ...] = (TRADE_PERMISSION,)
    balances: dict[str, Balance] = field(default_factory=dict)
    updated_at: int = 0
    asset_limits: Mapping[str, Decimal] = field(default_factory=dict)
    fees: FeeTerms = field(default_factory=FeeTerms)

    @property
    def can_trade(self) -> bool:
        """Whether it may place and cancel orders."""
        return TRADE_PERMISSION in self.permissions

    @property
    def may_withdraw(self) -> bool:
        """Whether its key is said to be able to withdraw."""
        return WITHDRAW_PERMISSION in self.permissions

    def balance(self, asset: str) -> Balance:
        """Return the balance of an asset, empty if it never had any."""
        found = self.balances.get(asset)
        if found is None:
            found = self.balances[asset] = Balance()
        return found

    def free(self, asset: str) -> Decimal:
        """Return what may be spent."""
        found = self.balances.get(asset)
        return found.free if found else ZERO

    def move(self, asset: str, *, free: Decimal = ZERO, locked: Decimal = ZERO) -> None:
        """Change a balance by what is given.

        Raises:
            RuleBrokenError: more would leave than is there; a bug, nothing was changed.
        """
        balance = self.balance(asset)
        free, locked = balance.free + free, balance.locked + locked
        if free < 0 or locked < 0:
            raise RuleBrokenError(f"{asset} of account {self.uid} would fall to {free} + {locked}")
        balance.free, balance.locked = free, locked


class Accounts:
    """All accounts, by key and by number."""

    def __init__(self) -> None:
        self._by_key: dict[str, Account] = {}
        self._by_uid: dict[int, Account] = {}

    def __iter__(self) -> Iterator[Account]:
        """Go through the accounts, oldest first."""
        return iter(self._by_uid.values())

    def by_key(self, key: str) -> Account | None:
        """Return the account of an API key."""
        return self._by_key.get(key)

    def by_uid(self, uid: int) -> Account:
        """Return an account by its number."""
        return self._by_uid[uid]

    def next_uid(self) -> int:
        """Return the number of the next account."""
        return max(self._by_uid, default=0) + 1

    def add(self, account: Account) -> None:
        """Add an account or replace the one with its number."""
        self._by_uid[account.uid] = account
        self._by_key[account.credential.key] = account


def account_record(account: Account) -> dict[str, Any]:
    """Return an account without its balances, as the log keeps it."""
    return {
        "uid": account.uid,
        "key": account.credential.key,
        "kind": account.credential.kind,
        "secret": account.credential.secret,
        "permissions": list(account.permissions),
        "asset_limits": {asset: str(most) for asset, most in account.asset_limits.items()},
        "fees": terms_record(account.fees),
    }


def account_from(record: Mapping[str, Any]) -> Account:
    """Return the account of a record of the log."""
    credential = Credential(record["key"], record["kind"], record["secret"])
    limits = record.get("asset_limits", {}).items()
    return Account(
        record["uid"],
        credential,
        tuple(record["permissions"]),
        asset_limits={asset: Decimal(most) for asset, most in limits},
        fees=terms_from(record.get("fees", {})),
    )
