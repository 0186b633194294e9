"""The doctor looks at everything, even where one probe fails."""

from collections.abc import Iterator

from tradefleet.application.doctor import Checkup, examine
from tradefleet.domain.errors import ExchangeUnavailableError


def healthy() -> Iterator[Checkup]:
    yield Checkup("disk", ok=True, text="12 GB free")


def broken() -> Iterator[Checkup]:
    yield Checkup("clock", ok=True, text="0.1 s off")
    raise ExchangeUnavailableError("no connection")


def test_a_probe_that_fails_is_a_finding_and_hides_nothing():
    found = list(examine([("exchange", broken), ("disk", healthy)]))

    assert [(check.name, check.ok) for check in found] == [
        ("clock", True),
        ("exchange", False),
        ("disk", True),
    ]
    assert found[1].text == "no connection"
