"""How a table of faults is read: from a JSON document or a file; what is wrong is named."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tradefleet.domain.errors import InputError
from tradefleet.exchange.faults.errors import error_of
from tradefleet.exchange.faults.fields import PROBABILITY, TEXT, WHOLE, Field
from tradefleet.exchange.faults.kinds import KINDS, Strikes
from tradefleet.exchange.faults.table import Fault, FaultTable

_MOST_ROWS = 1_000
_COMMON = (
    Field("path", TEXT, default=""),
    Field("times", WHOLE, default=0),
    Field("skip", WHOLE, default=0),
    Field("probability", PROBABILITY, default=1.0),
    Field("for_ms", WHOLE, default=0),
)
_OF_HAPPENINGS = (Field("after", TEXT, default=""), Field("at_ms", WHOLE, default=0))


def read_faults(document: Any) -> FaultTable:
    """Return the faults of a JSON document `{"seed": 1, "faults": [{"kind": …}, …]}`.

    Raises:
        InputError: the document is no table of faults; says what was expected and what was given.
    """
    if not isinstance(document, dict) or not isinstance(document.get("faults"), list):
        raise InputError(f'expected {{"seed": 1, "faults": [...]}}, was {_short(document)}')
    unknown = sorted(set(document) - {"seed", "faults"})
    if unknown:
        raise InputError(f"expected only seed and faults, was {_short(unknown)}", field=unknown[0])
    seed, rows = document.get("seed", 0), document["faults"]
    if not WHOLE.fits(seed):
        raise InputError(f"expected {WHOLE.expected} for seed, was {_short(seed)}", field="seed")
    if len(rows) > _MOST_ROWS:
        raise InputError(f"expected at most {_MOST_ROWS} faults, was {len(rows)}", field="faults")
    faults = [(_read_row(row, f"faults[{number}]"), row) for number, row in enumerate(rows)]
    return FaultTable(faults, seed)


def load_faults(path: Path) -> FaultTable:
    """Return the faults of a file.

    Raises:
        InputError: the file cannot be read or is no table of faults.
    """
    try:
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", field="faults") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON document: {error}", field="faults") from None
    try:
        return read_faults(document)
    except InputError as error:
        raise InputError(f"{path}: {error}", field=error.field) from None


def read_happening(document: Any) -> Fault:
    """Return the happening of a JSON document `{"kind": …}` that nothing has to set off.

    Raises:
        InputError: the document is none.
    """
    fault = _read_row(document, "happening")
    if fault.kind.strikes is not Strikes.EXCHANGE or fault.path or fault.after:
        known = ", ".join(name for name, kind in KINDS.items() if kind.strikes is Strikes.EXCHANGE)
        raise InputError(f"expected a happening ({known}) without path and after", field="kind")
    return fault


def _read_row(row: Any, where: str) -> Fault:
    if not isinstance(row, dict):
        raise InputError(f'expected {{"kind": …}} for {where}, was {_short(row)}', field=where)
    name = row.get("kind")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        known = ", ".join(KINDS)
        raise InputError(
            f"expected a kind of {known} for {where}.kind, was {_short(name)}",
            field=f"{where}.kind",
        )
    own = tuple(kind.fields.values())
    common = _COMMON + (_OF_HAPPENINGS if kind.strikes is Strikes.EXCHANGE else ())
    _check_names(row, {"kind", *(known.name for known in common + own)}, f"{where} ({name})")
    fault = Fault(kind, **_values(row, common, where), values=_values(row, own, where))
    if fault.path and fault.after:
        raise InputError(f"expected path or after in {where}, was both", field=f"{where}.after")
    if "code" in kind.fields:
        error_of(fault)
    return fault


def _check_names(row: Mapping[str, Any], allowed: set[str], where: str) -> None:
    for name in row:
        if name not in allowed:
            raise InputError(
                f"expected the fields {', '.join(sorted(allowed))} in {where}, was {_short(name)}",
                field=f"{where}.{_short(name)}",
            )


def _values(row: Mapping[str, Any], fields: Iterable[Field], where: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for known in fields:
        name, sort = known.name, known.sort
        if name not in row:
            if known.required:
                raise InputError(f"expected {name} in {where}", field=f"{where}.{name}")
            values[name] = known.default
        elif sort.fits(row[name]):
            values[name] = sort.read(row[name])
        else:
            raise InputError(
                f"expected {sort.expected} for {where}.{name}, was {_short(row[name])}",
                field=f"{where}.{name}",
            )
    return values


def _short(value: Any) -> str:
    return f"{value!r:.80}"
