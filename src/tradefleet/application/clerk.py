"""The clerk: the child of the host's parent process that alone reads the store.

The parent, which must stay free of everything a fork cannot share, only forks and reaps; it tells
through a pipe who ended.
"""

import os
import select
from collections.abc import Callable

from tradefleet.application.host import Host, tick_safely
from tradefleet.application.run_bot import SignalPipe

TICK_S = 0.5


def run_clerk(
    host: Host, ended: int, folder_is_there: Callable[[], bool], complain: Callable[[str], None]
) -> int:
    """Reconcile until the parent, or the data folder, is gone.

    Args:
        host: what to tick.
        ended: readable end of the pipe that names, one a line, the processes that ended.
        folder_is_there: whether the data folder still exists.
        complain: hears what went wrong, once until it changes.
    """
    os.set_blocking(ended, False)
    rest, complaint = "", ""
    with SignalPipe() as signals:
        while folder_is_there() and not signals.take():
            select.select([ended, signals.reader], [], [], TICK_S)
            try:
                heard = os.read(ended, 65_536)
            except BlockingIOError:
                heard = None
            if heard == b"":
                return 0  # the parent is gone; the next one brings its own clerk
            *names, rest = (rest + (heard or b"").decode()).split("\n")
            for name in names:
                host.ended(name)
            trouble = tick_safely(host)
            if trouble and trouble != complaint:
                complain(trouble)
            complaint = trouble
    return 0
