"""Restarting with patience: 1, 2, 4 … 60 s apart, and knowing when it has been too often."""

WINDOW_S = 600.0
TOO_OFTEN = 5
LONGEST_PAUSE_S = 60.0
PATIENCE_S = 20.0


class Restarts:
    """The starts of one process within the last ten minutes; times are monotonic seconds."""

    def __init__(self) -> None:
        self._starts: list[float] = []
        self._is_coming = False

    def started(self, now: float) -> None:
        """The process is being started."""
        self._starts = [*self._lately(now), now]
        self._is_coming = True

    def ended(self) -> None:
        """The process that was started is known to be gone."""
        self._is_coming = False

    def is_coming(self, now: float) -> bool:
        """Whether it was started a moment ago and may simply not be there yet."""
        return self._is_coming and now < self._starts[-1] + PATIENCE_S

    def may_start(self, now: float) -> bool:
        """Whether the pause since the last start is over."""
        lately = self._lately(now)
        if not lately:
            return True
        return now >= lately[-1] + min(LONGEST_PAUSE_S, 2.0 ** (len(lately) - 1))

    def too_often(self, now: float) -> bool:
        """Whether it was started so often that it does not live."""
        return len(self._lately(now)) >= TOO_OFTEN

    def forget(self) -> None:
        """Begin anew: the person, or the process itself, ended it on purpose."""
        self._starts, self._is_coming = [], False

    def _lately(self, now: float) -> list[float]:
        return [start for start in self._starts if start > now - WINDOW_S]
