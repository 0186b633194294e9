"""What the fields of a fault may hold, and what is said when they hold something else."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_MOST = 10**12  # milliseconds: thirty years
_AMOUNT = re.compile(r"^[0-9]{1,20}(\.[0-9]{1,20})?\Z", re.ASCII)
_CHANGE = re.compile(r"^-?[0-9]{1,6}(\.[0-9]{1,10})?\Z", re.ASCII)
_ASSET = re.compile(r"^[A-Z0-9]{1,20}\Z", re.ASCII)
_TEXT = 500  # characters


@dataclass(frozen=True, slots=True)
class Sort:
    """A sort of value.

    Attributes:
        expected: what a person is told.
        fits: whether a JSON value is one.
        read: turns the JSON value into what is worked with.
    """

    expected: str
    fits: Callable[[Any], bool]
    read: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a kind of fault.

    Attributes:
        default: what holds when it is not given; None = it is asked for elsewhere, or not needed.
        required: there is no default.
    """

    name: str
    sort: Sort
    default: Any = None
    required: bool = False


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= _MOST


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _TEXT


def _is_asset(value: Any) -> bool:
    return isinstance(value, str) and bool(_ASSET.match(value))


def _is_share(value: Any) -> bool:
    return isinstance(value, str) and bool(_AMOUNT.match(value)) and Decimal(value) <= 1


WHOLE = Sort("a whole number from 0", lambda value: _is_whole(value, 0))
SIGNED = Sort("a whole number, below 0 too", lambda value: _is_whole(value, -_MOST))
PROBABILITY = Sort(
    "a number from 0 to 1",
    lambda value: (
        isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    ),
)
FLAG = Sort("true or false", lambda value: isinstance(value, bool))
TEXT = Sort(f"a text of at most {_TEXT} characters", _is_text)
STATUS = Sort(
    "an HTTP status from 400 to 599", lambda value: _is_whole(value, 400) and value <= 599
)
CODE = Sort("a code below 0", lambda value: _is_whole(value, -_MOST) and value < 0)
AMOUNT = Sort(
    'a decimal as a text, such as "0.5"',
    lambda value: isinstance(value, str) and bool(_AMOUNT.match(value)),
    Decimal,
)
SHARE = Sort('a decimal from 0 to 1 as a text, such as "0.5"', _is_share, Decimal)
CHANGE = Sort(
    'a percentage above -100 as a text, such as "-20"',
    lambda value: isinstance(value, str) and bool(_CHANGE.match(value)) and Decimal(value) > -100,
    Decimal,
)


ASSET = Sort("an asset, such as USDT", _is_asset)
RULES = Sort(
    'fields of exchangeInfo, such as {"tickSize": "0.1", "ocoAllowed": false}',
    lambda value: isinstance(value, dict) and bool(value),
)
BALANCES = Sort(
    'amounts by asset, such as {"USDT": "10000"}',
    lambda value: (
        isinstance(value, dict)
        and all(_is_asset(asset) and AMOUNT.fits(one) for asset, one in value.items())
    ),
)


def one_of(*words: str) -> Sort:
    """Return the sort of a word out of a few."""
    return Sort(
        "one of " + ", ".join(words), lambda value: isinstance(value, str) and value in words
    )
