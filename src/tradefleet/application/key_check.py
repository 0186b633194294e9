"""What our key may do at the exchange, said where it is too much or too little."""

from collections.abc import Callable, Mapping

from tradefleet.domain.errors import AccessDeniedError
from tradefleet.ports.clock import Clock
from tradefleet.ports.exchange import Rights
from tradefleet.ports.notices import Finding, Findings, Severity

# Each with how much it matters and what to say; the exchange that does not tell is not suspected.
NOT_ACCEPTED, MAY_NOT_TRADE = "key_not_accepted", "key_may_not_trade"
MAY_WITHDRAW, FROM_ANYWHERE = "key_may_withdraw", "key_from_anywhere"
CODES = (NOT_ACCEPTED, MAY_NOT_TRADE, MAY_WITHDRAW, FROM_ANYWHERE)


class KeyCheck:
    """Asks what the key may do; opens and closes findings of the whole system."""

    def __init__(
        self,
        ask: Callable[[], Rights],
        findings: Findings,
        clock: Clock,
        keep: Callable[[Rights], None] = lambda _: None,
    ) -> None:
        """Prepare.

        Args:
            ask: returns the rights and raises `ExchangeError`.
            findings: where it is said.
            clock: the exchange's.
            keep: hears what was told.
        """
        self._keep = keep
        self._ask = ask
        self._findings = findings
        self._clock = clock

    def look(self) -> None:
        """Ask once.

        Raises:
            ExchangeError: the exchange does not answer; what was found before stays.
        """
        try:
            rights = self._ask()
            self._keep(rights)
            wrong = _wrong_with(rights)
        except AccessDeniedError as error:
            wrong = {NOT_ACCEPTED: (Severity.ACT, f"the exchange refuses our key: {error}")}
        for code in CODES:
            if code in wrong:
                severity, text = wrong[code]
                self._findings.open(Finding(code, severity, text, self._clock.now()))
            else:
                self._findings.close(code)


def _wrong_with(rights: Rights) -> Mapping[str, tuple[Severity, str]]:
    wrong = {}
    if not rights.trade:
        text = "the key may not trade, so no bot can buy or sell; allow spot trading for it"
        wrong[MAY_NOT_TRADE] = (Severity.ACT, text)
    if rights.withdraw:
        text = "the key may withdraw money, which Tradefleet never needs; take that right from it"
        wrong[MAY_WITHDRAW] = (Severity.LOOK, text)
    if rights.fixed_address is False:
        text = "the key works from any address; restrict it to this machine's at the exchange"
        wrong[FROM_ANYWHERE] = (Severity.LOOK, text)
    return wrong
