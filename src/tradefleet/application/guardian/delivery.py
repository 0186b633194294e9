"""Delivery: messages leave the outbox through every notifier there is."""

from collections.abc import Sequence
from typing import Any

from tradefleet.application.guardian.hours import Hours
from tradefleet.domain.candle import DAY, SECOND
from tradefleet.domain.errors import NotifyError
from tradefleet.ports.clock import Clock
from tradefleet.ports.notices import Finding, Findings, Message, Notifier, Outbox, Severity
from tradefleet.ports.records import Snapshots

PAUSES_S = (30, 60, 120, 300, 600, 1_800, 3_600)
MOST_ATTEMPTS = 12
MOST_A_DAY = 50
COUNT = "messages_today"
CAN_WAIT = ("summary", "trade")


class Delivery:
    """Sends what is due, tries again later what could not be sent, and keeps to a daily cap."""

    def __init__(
        self,
        outbox: Outbox,
        notifiers: Sequence[Notifier],
        findings: Findings,
        snapshots: Snapshots,
        clock: Clock,
        hours: Hours,
        most_a_day: int = MOST_A_DAY,
    ) -> None:
        self._outbox = outbox
        self._notifiers = notifiers
        self._findings = findings
        self._snapshots = snapshots
        self._clock = clock
        self._hours = hours
        self._most_a_day = most_a_day

    def deliver(self) -> None:
        """Send every message that is due; by night only what cannot wait."""
        for message in self._outbox.due(self._clock.now()):
            if message.kind in CAN_WAIT and (dawn := self._hours.quiet_until(self._clock.now())):
                self._outbox.put_off(message.id, dawn)
                continue
            if self._sent_today() >= self._most_a_day:
                why = f"more than {self._most_a_day} messages today"
                self._outbox.failed(message.id, why, None)
                self._say(f"{why}: further ones are dropped until midnight UTC")
                continue
            self._deliver(message)

    def _deliver(self, message: Message) -> None:
        """Send through all; it counts as sent if one of them took it."""
        failures = [failure for each in self._notifiers if (failure := _try(each, message))]
        now = self._clock.now()
        if len(failures) < len(self._notifiers):
            self._outbox.sent(message.id, now)
            self._count()
        else:
            hopeless = all(error.permanent for error in failures)
            last = hopeless or message.attempts + 1 >= MOST_ATTEMPTS
            pause = PAUSES_S[min(message.attempts, len(PAUSES_S) - 1)]
            why = "; ".join(map(str, failures))
            self._outbox.failed(message.id, why, None if last else now + pause * SECOND)
        if failures:
            self._say(f"messages are not delivered: {'; '.join(map(str, failures))}")
        else:
            self._findings.close("notify_failing")

    def _sent_today(self) -> int:
        counted = self._snapshots.get(COUNT)
        today = self._clock.now() // DAY
        value: dict[str, Any] = counted.value if counted is not None else {}
        return int(value.get("count", 0)) if value.get("day") == today else 0

    def _count(self) -> None:
        now = self._clock.now()
        self._snapshots.put(COUNT, {"day": now // DAY, "count": self._sent_today() + 1}, now)

    def _say(self, text: str) -> None:
        now = self._clock.now()
        self._findings.open(Finding("notify_failing", Severity.LOOK, text, now))


def _try(notifier: Notifier, message: Message) -> NotifyError | None:
    try:
        notifier.send(message.text)
    except NotifyError as error:
        return error
    return None
