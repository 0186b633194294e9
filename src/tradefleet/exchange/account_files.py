"""Accounts as people write them down: in an `--accounts` file, or in a request to open one."""

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import truncate
from tradefleet.exchange.books.accounts import TRADE_PERMISSION, Credential
from tradefleet.exchange.books.fee_terms import FeeTerms, Rates
from tradefleet.exchange.signing import check_credential

DEFAULT_BALANCES = {"USDT": Decimal(10_000)}


class AccountFields(NamedTuple):
    """An account as written down; `asset_limits` are the most one order may move (MAX_ASSET)."""

    credential: Credential
    permissions: tuple[str, ...]
    balances: dict[str, Decimal]
    asset_limits: dict[str, Decimal]
    fees: FeeTerms


_RATES = {  # of the file; a part that is not given is 0, all of them if none is given
    "commission": "standard",
    "special_commission": "special",
    "tax_commission": "tax",
}
_OF_FEES = frozenset({*_RATES, "pay_fees_in_bnb", "bnb_discount"})
_KNOWN = _OF_FEES | {
    "key",
    "type",
    "secret",
    "public_key",
    "balances",
    "permissions",
    "asset_limits",
}
_PARTS = tuple(field.name for field in fields(Rates))
_RATE_DECIMALS = 8
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
    """Return key, permissions, balances, limits and fees of an account.

    Args:
        row: `{key, type, secret | public_key, balances, permissions, asset_limits, commission,
            special_commission, tax_commission, pay_fees_in_bnb, bnb_discount}`; the type defaults
            to HMAC, the balances to 10,000 USDT, the permissions to `["SPOT"]`, the commission to
            0.1 %, in the asset received.
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
        _fee_terms(row),
    )


def _fee_terms(row: Mapping[str, Any]) -> FeeTerms:
    given: dict[str, Any] = {name: _rates(row[key]) for key, name in _RATES.items() if key in row}
    in_bnb = row.get("pay_fees_in_bnb", False)
    if not isinstance(in_bnb, bool):
        raise InputError(f"expected true or false, was {in_bnb!r}", field="pay_fees_in_bnb")
    if "bnb_discount" in row:
        given["discount"] = _fraction("bnb_discount", row["bnb_discount"])
    return FeeTerms(**given, in_bnb=in_bnb)


def _rates(row: Any) -> Rates:
    if not isinstance(row, Mapping) or set(row) - set(_PARTS):
        raise InputError(
            f'expected rates such as {{"maker": "0.001", "taker": "0.001"}}, was {row!r}',
            field="commission",
        )
    return Rates(**{part: _fraction(part, rate) for part, rate in row.items()})


def _fraction(name: str, value: Any) -> Decimal:
    number = _number(value)
    if number is None or number > 1 or number != truncate(number, _RATE_DECIMALS):
        raise InputError(
            f"expected a fraction of at most eight decimals such as 0.001, was {value!r}",
            field=name,
        )
    return number


def _number(value: Any) -> Decimal | None:
    """Return a number that is not negative, from a text or a whole number."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None


def balances_of(row: Any) -> dict[str, Decimal]:
    """Return amounts by asset; texts or whole numbers, so that nothing is rounded."""
    if not isinstance(row, Mapping):
        raise InputError(f'expected balances such as {{"USDT": "10000"}}, was {row!r}')
    return {asset: _amount(asset, value) for asset, value in row.items()}


def _amount(asset: Any, value: Any) -> Decimal:
    number = _number(value)
    if not isinstance(asset, str) or not _ASSET.match(asset) or number is None:
        raise InputError(
            f"expected an asset and an amount such as USDT and 10000, was {asset!r} and {value!r}",
            field="balance",
        )
    return number
