"""The parameters of a request: which there may be, and what they look like.

An endpoint declares its parameters; this module turns the texts of a request into values, or
refuses it with Binance's codes: unknown ones -1104, absent ones -1102, malformed ones -1100,
too large ones -1108.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradefleet.exchange import errors

Values = Mapping[str, Any]

_LARGEST = 2**63 - 1  # of whole numbers, and of the whole part of others
MICROSECONDS_FROM = 10**14  # a larger time is one in microseconds


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of value: what it must match, and how it is read.

    Attributes:
        pattern: of the text, as a refusal states it.
        read: returns the value; `OverflowError` if it is too large, `ValueError` if there is
            something wrong that the pattern does not see.
        beyond_ascii: letters and digits of any script are as good as `A-Z0-9`.
    """

    pattern: str
    read: Callable[[str], Any]
    beyond_ascii: bool = False

    @property
    def matcher(self) -> re.Pattern[str]:
        """What a text is held against."""
        pattern = self.pattern
        if self.beyond_ascii:
            pattern = pattern.replace("A-Z0-9", r"A-Z0-9\u00a1-\U0010ffff")
        return re.compile(pattern)


def _integer(text: str) -> int:
    value = int(text)
    if value > _LARGEST:
        raise OverflowError
    return value


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    if value > _LARGEST:
        raise OverflowError
    return value


def _time(text: str) -> int:
    value = _integer(text)
    return value // 1_000 if value >= MICROSECONDS_FROM else value


def _names(text: str) -> list[str]:
    names: list[str] = json.loads(text)
    if len(set(names)) < len(names):
        raise errors.ApiError(-1151, "Symbol is present multiple times in the list.")
    return names


def _one_or_more(text: str) -> list[str]:
    return list(json.loads(text)) if text.startswith("[") else [text]


_NAME = "[A-Z0-9-_.]{1,20}"

TEXT = Kind(r"^[ -~]{1,64}$", str)
WORD = Kind(r"^[A-Z_]{1,32}$", str)
SYMBOL = Kind(f"^{_NAME}$", str, beyond_ascii=True)
SYMBOLS = Kind(rf'^\["{_NAME}"(,"{_NAME}"){{0,}}\]$', _names, beyond_ascii=True)
PERMISSIONS = Kind(r'^([A-Z0-9_]{1,20}|\["[A-Z0-9_]{1,20}"(,"[A-Z0-9_]{1,20}")*\])$', _one_or_more)
CLIENT_ID = Kind(r"^[a-zA-Z0-9-_]{1,36}$", str)
DECIMAL = Kind(r"^([0-9]{1,20})(\.[0-9]{1,20})?$", _decimal)
INTEGER = Kind(r"^[0-9]{1,20}$", _integer)
TIME = Kind(r"^[0-9]{1,20}$", _time)  # UTC; sent in milliseconds or microseconds
BOOLEAN = Kind(r"^(true|false|TRUE|FALSE)$", lambda text: text.lower() == "true")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an endpoint."""

    name: str
    kind: Kind
    required: bool = False


# Of a request on a connection whose owner has logged on; elsewhere the signature comes with it.
SESSION_PARAMETERS = (
    Parameter("recvWindow", Kind(r"^[0-9]{1,8}(\.[0-9]{1,3})?$", Decimal)),
    Parameter("timestamp", INTEGER, required=True),
)
SIGNED_PARAMETERS = (
    *SESSION_PARAMETERS,
    Parameter("signature", Kind(r"^[A-Za-z0-9+/=]{1,1024}$", str), required=True),
)


class Parameters:
    """The declared parameters of one endpoint.

    Attributes:
        names, required: all of them, and those that must be there.
    """

    def __init__(self, parameters: tuple[Parameter, ...]) -> None:
        self.names = [parameter.name for parameter in parameters]
        self.required = [parameter.name for parameter in parameters if parameter.required]
        self._readers = {
            parameter.name: (parameter.kind.matcher, parameter.kind) for parameter in parameters
        }

    def read(self, sent: Mapping[str, str]) -> dict[str, Any]:
        """Return the values of what was sent.

        Raises:
            ApiError: a parameter is unknown, absent, empty, malformed or too large.
        """
        readers = self._readers
        unknown = [name for name in sent if name not in readers]
        if unknown and not readers:
            raise errors.too_many_parameters(0, len(sent))
        if unknown:
            raise errors.unread(len(sent) - len(unknown), len(sent))
        for name in self.required:
            if not sent.get(name):
                raise errors.missing(name)
        values: dict[str, Any] = {}
        for name, text in sent.items():
            matcher, kind = readers[name]
            if not text:
                raise errors.empty(name)
            if not matcher.match(text) or "\n" in text:
                raise errors.illegal(name, kind.pattern)
            try:
                values[name] = kind.read(text)
            except OverflowError:
                raise errors.overflowed(name) from None
            except ValueError:
                raise errors.illegal(name, kind.pattern) from None
        return values
