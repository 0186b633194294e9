"""Processes of this Linux machine, by what `/proc` says about them."""

import contextlib
import os
import signal
from pathlib import Path

from tradefleet.ports.fleet import Holder

PROC = Path("/proc")


class LinuxProcesses:
    """Keeps `Processes`; a zombie counts as dead."""

    def here(self, launcher: str) -> Holder:
        """Return this very process, started by `launcher`."""
        pid = os.getpid()
        started = _started_at(pid)
        if started is None:
            raise OSError("expected /proc to tell about this process: is this Linux?")
        return Holder(pid, started, _host(), _boot(), launcher)

    def child(self, pid: int, launcher: str) -> Holder:
        """Return a process that this one has just started; it may be dead already."""
        started = _started_at(pid)
        return Holder(pid, -1.0 if started is None else started, _host(), _boot(), launcher)

    def is_alive(self, holder: Holder) -> bool:
        """Return whether the process lives on this machine since the same boot."""
        here = holder.host == _host() and holder.boot == _boot()
        return here and _started_at(holder.pid) == holder.started_at

    def ask_to_stop(self, holder: Holder) -> None:
        """Send SIGTERM; a process that is gone is left alone."""
        self._send(holder, signal.SIGTERM)

    def interrupt(self, holder: Holder) -> None:
        """Send SIGINT, as Ctrl-C does; a process that is gone is left alone."""
        self._send(holder, signal.SIGINT)

    def kill(self, holder: Holder) -> None:
        """Send SIGKILL; a process that is gone is left alone."""
        self._send(holder, signal.SIGKILL)

    def _send(self, holder: Holder, which: signal.Signals) -> None:
        try:
            descriptor = os.pidfd_open(holder.pid)  # pins the process: its pid cannot be reused now
        except OSError:
            return
        try:
            if self.is_alive(holder):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    signal.pidfd_send_signal(descriptor, which)
        finally:
            os.close(descriptor)


def _started_at(pid: int) -> float | None:
    """Seconds from boot to the start of a process, or None if it is dead (proc(5), `stat`)."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()  # the name before may hold anything
    if state in "ZX":
        return None
    return int(fields[18]) / os.sysconf("SC_CLK_TCK")


def _boot() -> str:
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()


def _host() -> str:
    """Name the machine and, since containers may share its name, the world its pids belong to."""
    return f"{os.uname().nodename}/{(PROC / 'self/ns/pid').readlink()}"
