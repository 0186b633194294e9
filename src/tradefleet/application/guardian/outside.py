"""What moved in the wallet by no bot's hand: deposits, withdrawals, trades and fees of others.

The wallet less everything the bots' fills ever moved changes only when somebody else acts, however
many bots come and go. Each change is booked once, as one of the unallocated rest: at once where the
account's events told of just that change, and after a while where none came.
"""

from collections.abc import Mapping
from decimal import Decimal

from tradefleet.application.guardian.others import Others
from tradefleet.domain.candle import HOUR
from tradefleet.domain.instrument import plain
from tradefleet.ports.exchange import Balance
from tradefleet.ports.notices import Activities, Activity, Finding, Findings, Severity
from tradefleet.ports.records import Records, Snapshots, Totals

ZERO = Decimal(0)
KNOWN = "outside"  # the snapshot that remembers what was booked
CODE = "moved_outside"
SHOWN_MS = HOUR


class Outside:
    """Books what others did with the account; remembers it in the store, so a restart sees it.

    Attributes:
        is_accounted_for: whether the bots' fills and what others did make up the whole wallet, so
            that wallet and books speak of the same moment.
    """

    def __init__(
        self,
        others: Others,
        records: Records,
        snapshots: Snapshots,
        findings: Findings,
        activities: Activities,
    ) -> None:
        self.is_accounted_for = False
        self._others = others
        self._records = records
        self._snapshots = snapshots
        self._findings = findings
        self._activities = activities
        self._looked_at: tuple[Mapping[str, Balance], Mapping[int, Totals]] | None = None
        self._seen: Mapping[str, Decimal] = {}
        self._since = 0
        self._is_one_moment = False  # nothing was booked between the totals and what was moved
        self._shown_until = self._sure_at = 0

    def look(
        self,
        wallet: Mapping[str, Balance],
        totals: Mapping[int, Totals],
        now: int,
        patience_ms: int,
    ) -> None:
        """Book a change that others are said to have made, or that has stood for a while.

        Args:
            wallet: as it was seen last.
            totals: of the bots; while neither changes, nothing is added up again.
            now: UTC milliseconds.
            patience_ms: for so long a fill may be in the wallet and not yet in the books.
        """
        self._shown_until = self._shown_until or now + SHOWN_MS
        if self._looked_at != (wallet, totals):
            self._looked_at = (wallet, totals)
            outside = self._outside(wallet)
            self._is_one_moment = self._records.totals() == totals
            if outside != self._seen:
                self._seen, self._since = outside, now
        outside = self._seen
        known = self._snapshots.get(KNOWN)
        if known is None:
            self._remember(outside, now)  # the first look: whatever there is was there
            self._sure_at = now + patience_ms  # unless a fill was about to be booked
            return
        before = {asset: Decimal(amount) for asset, amount in known.value.items()}
        changes = _changes(before, outside)
        is_told = changes == self._others.told(now)
        self.is_accounted_for = is_told and self._is_one_moment and now >= self._sure_at
        if changes and (self.is_accounted_for or now - self._since >= patience_ms):
            self._book(changes, now)
            self._remember(outside, now)
            self._others.believed()
        elif now >= self._shown_until:
            self._findings.close(CODE)

    def _outside(self, wallet: Mapping[str, Balance]) -> Mapping[str, Decimal]:
        moved = self._records.moved()
        amounts = {}
        for asset in wallet.keys() | moved.keys():
            held = wallet.get(asset, Balance())
            amounts[asset] = held.free + held.locked - moved.get(asset, ZERO)
        return {asset: amount for asset, amount in amounts.items() if amount}

    def _book(self, changes: Mapping[str, Decimal], now: int) -> None:
        words = ", ".join(
            f"{'+' if amount > 0 else ''}{plain(amount)} {asset}"
            for asset, amount in changes.items()
        )
        self._activities.record(Activity(now, "account", "moved outside", words))
        text = (
            f"the wallet changed by no bot's hand: {words} (a deposit, a withdrawal, or a trade "
            "by hand); it is booked to the unallocated rest"
        )
        self._findings.open(Finding(CODE, Severity.LOOK, text, now))
        self._shown_until = now + SHOWN_MS

    def _remember(self, outside: Mapping[str, Decimal], now: int) -> None:
        told = {asset: plain(amount) for asset, amount in sorted(outside.items())}
        self._snapshots.put(KNOWN, told, now)


def _changes(before: Mapping[str, Decimal], after: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
    changes = {
        asset: after.get(asset, ZERO) - before.get(asset, ZERO)
        for asset in sorted(before.keys() | after.keys())
    }
    return {asset: amount for asset, amount in changes.items() if amount}
