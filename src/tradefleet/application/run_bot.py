"""The waker of a bot's process: one wait on the hub's bell, the signals and the timer."""

import os
import select
import signal
from types import FrameType, TracebackType
from typing import Self

from tradefleet.application.bot_process import BotParts, BotProcess
from tradefleet.domain.bot import Wish
from tradefleet.domain.errors import InputError, StoreError

HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def run_bot(bot_id: int, parts: BotParts) -> int:
    """Run a bot until it is asked to stop; return the process's exit code.

    SIGTERM, SIGINT and SIGHUP mean: look at the wish, finish the order in hand, then stop.
    """
    with SignalPipe() as signals:
        process = BotProcess(bot_id, parts)
        while True:
            heard = signals.take()
            wait = process.turn(parts.bell.heard(), asked_to_stop=bool(heard))
            if wait is None:
                _respect_a_hand(bot_id, parts, heard)
                return process.exit_code
            bell = parts.bell.fileno()
            select.select([signals.reader, bell] if bell >= 0 else [signals.reader], [], [], wait)


def _respect_a_hand(bot_id: int, parts: BotParts, heard: set[signal.Signals]) -> None:
    """Take Ctrl-C and `screen -X quit` for what they mean: stop this bot, until it is started.

    A shutdown of the machine sends SIGTERM too, and must not be taken for a wish.
    """
    quit_session = heard == {signal.SIGHUP} and parts.holder.launcher == "screen"
    if not quit_session and heard != {signal.SIGINT}:
        return
    try:
        if parts.bots.get(bot_id).wish.wants_process:
            parts.bots.wish(bot_id, Wish.STOP_KEEP)
    except (InputError, StoreError) as error:
        parts.log.error(str(error))


class SignalPipe:
    """Turns signals into bytes of a pipe, so that one wait hears everything.

    Attributes:
        reader: the descriptor that becomes readable.
    """

    def __enter__(self) -> Self:
        """Take over the signals."""
        self.reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._before = {number: signal.signal(number, _hear) for number in HEARD}
        self._wakeup = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the signals back."""
        signal.set_wakeup_fd(self._wakeup)
        for number, before in self._before.items():
            signal.signal(number, before)
        os.close(self.reader)
        os.close(self._writer)

    def take(self) -> set[signal.Signals]:
        """Return the signals that came since the last call."""
        try:
            numbers = os.read(self.reader, 1_024)
        except BlockingIOError:
            return set()
        return {signal.Signals(number) for number in numbers}


def _hear(_number: int, _frame: FrameType | None) -> None:
    """Do nothing here: the pipe has the signal, and the order in hand is finished first."""
