"""The trades of a run as CSV."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from tradefleet.interfaces.report.words import moment


def trades_csv(document: Mapping[str, Any]) -> str:
    """Return one line for each trade; times are ISO 8601 in UTC, money is exact."""
    trades = document["trades"]
    names = list(trades[0]) if trades else ["entry_time", "exit_time", "profit"]
    text = io.StringIO()
    table = csv.DictWriter(text, names, lineterminator="\n")
    table.writeheader()
    for trade in trades:
        times = {name: moment(trade[name], "T", "Z") for name in ("entry_time", "exit_time")}
        table.writerow(trade | times)
    return text.getvalue()
