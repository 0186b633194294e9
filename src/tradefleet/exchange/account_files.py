"""Accounts as people write them down: in an `--accounts` file, or in a request to open one."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

from tradefleet.domain.errors import InputError
from tradefleet.exchange.books.accounts import TRADE_PERMISSION, Credential
from tradefleet.exchange.signing import check_credential

DEFAULT_BALANCES = {"USDT": Decimal(10_000)}


class AccountFields(NamedTuple):
    """An account as written down; `asset_limits` are the most one order may move (MAX_ASSET)."""

    credential: Credential
    permissions: tuple[str, ...]
    balances: dict[str, Decimal]
    asset_limits: dict[str, Decimal]


_KNOWN = frozenset(
    {"key", "type", "secret", "public_key", "balances", "permissions", "asset_limits"}
)
_ASSET = re.compile(r"^[A-Z0-9]{1,20}$")


def read_accounts(path: Path) -> list[AccountFields]:
    """Return the accounts of a file.

    Raises:
        InputError: the file is missing or no JSON list of accounts; names what is wrong.
    """
    try:
        rows = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", field="accounts") from None
    except ValueError as error:
        raise InputError(f"{path} is no JSON document: {error}", field="accounts") from None
    if not isinstance(rows, list) or not rows:
        raise InputError(f"{path}: expected a JSON list of accounts", field="accounts")
    return [account_fields(row) for row in rows]


def account_fields(row: Any) -> AccountFields:
    """Return key, permissions, balances and limits of an account.

    Args:
        row: `{key, type, secret | public_key, balances, permissions, asset_limits}`; the type
            defaults to HMAC, the balances to 10,000 USDT, the permissions to `["SPOT"]`.
    """
    if not isinstance(row, dict) or set(row) - _KNOWN:
        raise InputError(f"expected an account with {', '.join(sorted(_KNOWN))}, was {row!r}")
    kind = str(row.get("type", "HMAC"))
    secret = row.get("secret" if kind == "HMAC" else "public_key", "")
    credential = Credential(str(row.get("key", "")), kind, str(secret))
    check_credential(credential)
    permissions = row.get("permissions", [TRADE_PERMISSION])
    if not isinstance(permissions, list) or not all(isinstance(p, str) for p in permissions):
        raise InputError(f"expected permissions as a list of texts, was {permissions!r}")
    balances = row.get("balances")
    return AccountFields(
        credential,
        tuple(permissions),
        dict(DEFAULT_BALANCES) if balances is None else balances_of(balances),
        balances_of(row.get("asset_limits", {})),
    )


def balances_of(row: Any) -> dict[str, Decimal]:
    """Return amounts by asset; texts or whole numbers, so that nothing is rounded."""
    if not isinstance(row, Mapping):
        raise InputError(f'expected balances such as {{"USDT": "10000"}}, was {row!r}')
    return {asset: _amount(asset, value) for asset, value in row.items()}


def _amount(asset: Any, value: Any) -> Decimal:
    good = isinstance(value, str | int) and not isinstance(value, bool)
    try:
        number = Decimal(value) if good else Decimal(-1)
    except InvalidOperation:
        number = Decimal(-1)
    if (
        not isinstance(asset, str)
        or not _ASSET.match(asset)
        or not number.is_finite()
        or number < 0
    ):
        raise InputError(
            f"expected an asset and an amount such as USDT and 10000, was {asset!r} and {value!r}",
            field="balance",
        )
    return number
