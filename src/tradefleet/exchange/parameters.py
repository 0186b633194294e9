"""The parameters of a request: which there may be, and what they look like.

An endpoint declares its parameters; this module turns the texts of a request into values, or
refuses it with Binance's codes: unknown ones -1104, absent ones -1102, malformed ones -1100.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradefleet.exchange import errors

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of value: what it must match, and how it is read."""

    pattern: str
    read: Callable[[str], Any]


TEXT = Kind(r"^[ -~]{1,64}$", str)
WORD = Kind(r"^[A-Z_]{1,32}$", str)
SYMBOL = Kind(r"^[A-Z0-9-_.]{1,20}$", str)
CLIENT_ID = Kind(r"^[a-zA-Z0-9-_]{1,36}$", str)
DECIMAL = Kind(r"^([0-9]{1,20})(\.[0-9]{1,20})?$", Decimal)
INTEGER = Kind(r"^[0-9]{1,19}$", int)
BOOLEAN = Kind(r"^(true|false|TRUE|FALSE)$", lambda text: text.lower() == "true")


def _symbols(text: str) -> list[str]:
    return list(json.loads(text))


SYMBOLS = Kind(r'^\["[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,99}\]$', _symbols)


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
    """The declared parameters of one endpoint."""

    def __init__(self, parameters: tuple[Parameter, ...]) -> None:
        self._required = [parameter.name for parameter in parameters if parameter.required]
        self._readers = {
            parameter.name: (
                re.compile(parameter.kind.pattern),
                parameter.kind.read,
                parameter.required,
            )
            for parameter in parameters
        }

    def read(self, sent: Mapping[str, str]) -> dict[str, Any]:
        """Return the values of what was sent.

        Raises:
            ApiError: a parameter is unknown, absent, empty or malformed.
        """
        readers = self._readers
        unknown = [name for name in sent if name not in readers]
        if unknown and not readers:
            raise errors.too_many_parameters(0, len(sent))
        if unknown:
            raise errors.unread(len(sent) - len(unknown), len(sent))
        for name in self._required:
            if not sent.get(name):
                raise errors.missing(name)
        values: dict[str, Any] = {}
        for name, text in sent.items():
            pattern, read, _ = readers[name]
            if not text:
                raise errors.empty(name)
            if not pattern.match(text) or "\n" in text:
                raise errors.illegal(name, pattern.pattern)
            values[name] = read(text)
        return values
