"""What keeps a bot from its work for a while: said once, tried again at growing intervals."""

from tradefleet.application.narration import Narrator
from tradefleet.domain.errors import AccessDeniedError, ExchangeUnavailableError
from tradefleet.ports.clock import Clock
from tradefleet.ports.notices import Finding, Findings, Severity

BACK_OFF_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)


class Outage:
    """Failures in a row, and when to try again.

    Attributes:
        why: what the last failure said; empty while the work goes well.
        retry_at: monotonic seconds before which nothing is tried.
    """

    def __init__(self, bot_id: int, clock: Clock, findings: Findings, narrator: Narrator) -> None:
        self._bot_id = bot_id
        self._clock = clock
        self._findings = findings
        self._narrator = narrator
        self._failures = 0
        self.why = ""
        self.retry_at = 0.0

    @property
    def is_on(self) -> bool:
        """Whether the last try failed."""
        return self._failures > 0

    @property
    def rests(self) -> bool:
        """Whether it is too early to try again."""
        return self._clock.monotonic() < self.retry_at

    def postpone(self, seconds: float) -> None:
        """Let some time pass before the next try, without calling it a failure."""
        self.retry_at = self._clock.monotonic() + seconds

    def goes_on(self, error: Exception) -> None:
        """Count a failure and back off, at least as long as the exchange asked for."""
        pause = BACK_OFF_S[min(self._failures, len(BACK_OFF_S) - 1)]
        if isinstance(error, ExchangeUnavailableError):
            pause = max(pause, error.retry_after_ms / 1000)
        if isinstance(error, AccessDeniedError):
            pause = BACK_OFF_S[-1]
            self._say_refused(error)
        self._failures += 1
        self.postpone(pause)
        self.why = str(error)
        self._narrator.warn(f"{error} - trying again")

    def is_over(self) -> None:
        """Forget it, and say that it is over."""
        self._narrator.reconnected()
        self._findings.close("access_denied", self._bot_id)
        self._failures, self.why, self.retry_at = 0, "", 0.0

    def _say_refused(self, error: Exception) -> None:
        text = f"the exchange refuses our key: {error}"
        now = self._clock.now()
        self._findings.open(Finding("access_denied", Severity.ACT, text, now, self._bot_id))
