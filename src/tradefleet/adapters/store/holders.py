"""Who holds a lease, and whether that process still lives.

A process is named by its pid and the moment it started, counted by the kernel from the boot: unlike
the wall clock this never shifts, so a living process cannot be taken for a dead one. The host
carries the pid namespace, since the same pid in another container is another process.
"""

import os
import socket
from pathlib import Path

from tradefleet.ports import Holder


def this_process(launcher: str) -> Holder:
    """Return this process as the holder of a lease."""
    pid = os.getpid()
    started = started_at(pid)
    if started is None:
        raise OSError(f"/proc/{pid}/stat cannot be read; Tradefleet needs Linux with /proc")
    return Holder(pid, started, _host(), _boot(), launcher)


def is_here(holder: Holder) -> bool:
    """Return whether the holder lived on this machine (and in this container)."""
    return holder.host == _host()


def is_alive(holder: Holder) -> bool:
    """Return whether a holder of this machine still lives; a zombie does not."""
    return holder.boot == _boot() and started_at(holder.pid) == holder.started_at


def _host() -> str:
    return f"{socket.gethostname()}/{Path('/proc/self/ns/pid').readlink()}"


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def started_at(pid: int) -> float | None:
    """Return the seconds from the boot to the start of a living process, None if there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the name before may hold anything (proc(5))
    state, ticks = fields[0], int(fields[19])
    return None if state in "ZX" else ticks / os.sysconf("SC_CLK_TCK")
