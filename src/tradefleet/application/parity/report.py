"""The document of a comparison."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tradefleet.application.parity.comparison import Compared


def document(
    compared: Compared, settings: Mapping[str, Any], seconds: float, *, is_complete: bool
) -> dict[str, Any]:
    """Return everything about a comparison as JSON values.

    Args:
        compared: what it came to.
        settings: what was played, as JSON values.
        seconds: how long the bot took.
        is_complete: whether it was compared to the end, not interrupted.
    """
    causes = Counter(difference.cause for difference in compared.differences)
    return {
        "settings": dict(settings),
        "complete": is_complete,
        "equal": not compared.differences,
        "decisions": compared.decisions,
        "trades": compared.trades,
        "renamed_exits": compared.renamed,
        "causes": dict(causes.most_common()),
        "differences": [asdict(difference) for difference in compared.differences],
        "seconds": round(seconds, 1),
    }
