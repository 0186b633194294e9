"""What our key may do is found out and said."""

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeFindings
from tradefleet.application.key_check import KeyCheck
from tradefleet.domain.errors import AccessDeniedError, ExchangeUnavailableError
from tradefleet.ports.exchange import Rights


@pytest.mark.parametrize(
    ("rights", "found"),
    [
        (Rights(trade=True), set()),
        (Rights(trade=True, withdraw=False, fixed_address=True), set()),
        (Rights(trade=False), {"key_may_not_trade"}),
        (Rights(trade=True, withdraw=True, fixed_address=True), {"key_may_withdraw"}),
        (Rights(trade=True, withdraw=False, fixed_address=False), {"key_from_anywhere"}),
    ],
)
def test_too_much_and_too_little_are_findings(rights: Rights, found: set[str]) -> None:
    findings = FakeFindings()
    KeyCheck(lambda: rights, findings, FakeClock()).look()

    assert set(findings.codes) == found


def test_what_was_mended_at_the_exchange_is_a_finding_no_more() -> None:
    findings, answers = FakeFindings(), [Rights(trade=False, withdraw=True), Rights(trade=True)]
    check = KeyCheck(lambda: answers.pop(0), findings, FakeClock())
    check.look()
    check.look()

    assert not findings.codes


def test_a_key_that_is_not_accepted_is_one_finding() -> None:
    def refuse() -> Rights:
        raise AccessDeniedError("Invalid API-key, IP, or permissions for action.", code=-2015)

    findings = FakeFindings()
    KeyCheck(refuse, findings, FakeClock()).look()

    assert set(findings.codes) == {"key_not_accepted"}


def test_an_exchange_that_is_away_leaves_the_findings_as_they_were() -> None:
    findings = FakeFindings()
    KeyCheck(lambda: Rights(trade=False), findings, FakeClock()).look()

    def away() -> Rights:
        raise ExchangeUnavailableError("the exchange cannot be reached")

    with pytest.raises(ExchangeUnavailableError):
        KeyCheck(away, findings, FakeClock()).look()
    assert set(findings.codes) == {"key_may_not_trade"}
