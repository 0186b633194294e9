"""The summary: what the fleet did in the last hours, short enough for an SMS or two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tradefleet.application.guardian.worth import Account
from tradefleet.domain.bot import Bot
from tradefleet.domain.position import Trade
from tradefleet.ports.notices import Finding, Severity
from tradefleet.ports.records import EquityPoint, Totals

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Summary:
    """What is told of a period.

    Attributes:
        mode: where the bots trade.
        quote: the asset the books are kept in.
        at: the end of the period, in the person's zone; `hours` is its length.
        account: the money now.
        before: the worth of the fleet since the period began, oldest first.
        bots, totals: the whole fleet and its books.
        trades: closed in the period.
        findings: what is wrong now.
    """

    mode: str
    quote: str
    at: datetime
    hours: int
    account: Account
    before: Sequence[EquityPoint]
    bots: Sequence[Bot]
    totals: Mapping[int, Totals]
    trades: Sequence[Trade]
    findings: Sequence[Finding]

    @property
    def text(self) -> str:
        """The message."""
        profit = sum((books.profit for books in self.totals.values()), ZERO)
        count = sum(books.trades for books in self.totals.values())
        earned = sum((trade.profit for trade in self.trades), ZERO)
        lines = [
            f"Tradefleet ({self.mode}), {self.at:%Y-%m-%d %H:%M %Z}",
            _equity(self.account, self.before, self.quote, self.hours),
            f"Profit {profit:+.2f} {self.quote} in all, {earned:+.2f} in {self.hours} h",
            f"Trades {count} in all, {len(self.trades)} in {self.hours} h",
            _positions(self.bots, self.totals),
            _alarms(self.findings),
        ]
        return "\n".join(lines)


def _equity(account: Account, before: Sequence[EquityPoint], quote: str, hours: int) -> str:
    if account.equity is None:
        return "Equity not known: a price or the wallet is missing"
    text = f"Equity {account.equity:.2f} {quote}"
    if before and before[0].equity:
        change = (account.equity / before[0].equity - 1) * 100
        text += f" ({change:+.2f}% in {hours} h)"
    return text


def _positions(bots: Sequence[Bot], totals: Mapping[int, Totals]) -> str:
    held = [bot for bot in bots if bot.id in totals and totals[bot.id].quantity]
    running = sum(1 for bot in bots if bot.wish.wants_process)
    names = ": " + ", ".join(bot.settings.name for bot in held) if held else ""
    return f"{running} of {len(bots)} bots run, {len(held)} hold a position{names}"


def _alarms(findings: Sequence[Finding]) -> str:
    red = [finding.text for finding in findings if finding.severity is Severity.ACT]
    return "Alarms: " + "; ".join(red) if red else "No alarms"
