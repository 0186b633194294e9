"""The warm parent: imports everything once and forks, so that a bot costs a few megabytes.

A fork cannot share sockets, threads, databases or TLS contexts, so the parent opens none, ever. It
reads two things: its signals, and lines from its clerk, the one child that reads the store. Bots
live on when it dies; the next parent's clerk finds them by their leases.
"""

import gc
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType

CLERK = "clerk"
LONGEST_PAUSE_S = 60.0
LOOK_S = 2.0  # for the data folder
HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)

Job = Callable[[], int]


class ForkLauncher:
    """In the clerk: asks the parent for a process."""

    name = "host"

    def __init__(self, orders: int) -> None:
        """Speak through this descriptor."""
        self._orders = orders

    def launch(self, bot_id: int) -> None:
        """Let the parent fork a bot."""
        self.ask_for(f"bot {bot_id}")

    def ask_for(self, name: str) -> None:
        """Let the parent fork what goes by this name."""
        os.write(self._orders, f"{name}\n".encode())


class WarmParent:
    """Forks the clerk, and what the clerk asks for; reaps, and tells the clerk who ended."""

    def __init__(
        self, run_clerk: Callable[[int, int], int], job: Callable[[str], Job], folder: Path
    ) -> None:
        """Prepare a parent; everything the children need should be imported by now.

        Args:
            run_clerk: the clerk's life, given the descriptors it writes orders to and reads the
                names of ended processes from.
            job: the life of a process by its name, such as `bot 3` or `hub`; looked up and run
                in the child.
            folder: the data folder; when it is gone, so is the parent.
        """
        self._run_clerk = run_clerk
        self._job = job
        self._folder = folder
        self._children: dict[int, str] = {}
        self._clerk_starts = 0
        self._clerk_at = 0.0
        self._orders = self._ended = -1
        self._rest = ""

    def run(self) -> int:
        """Fork and reap until a signal, or until the data folder is gone."""
        gc.collect()
        gc.freeze()
        reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        for number in HEARD:
            signal.signal(number, _hear)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        while self._folder.is_dir():
            self._keep_a_clerk()
            waits = [reader] if self._orders < 0 else [reader, self._orders]
            readable, _, _ = select.select(waits, [], [], LOOK_S)
            if reader in readable and set(os.read(reader, 1_024)) - {signal.SIGCHLD}:
                break
            self._reap()
            if self._orders in readable:
                self._obey()
        for pid, name in self._children.items():
            if name == CLERK:
                os.kill(pid, signal.SIGTERM)
        return 0

    def _keep_a_clerk(self) -> None:
        now = time.monotonic()
        if CLERK in self._children.values() or now < self._clerk_at:
            return
        self._orders, orders = os.pipe2(os.O_CLOEXEC)
        ended, self._ended = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._ended, False)
        self._rest = ""
        self._clerk_at = now + min(LONGEST_PAUSE_S, 2.0**self._clerk_starts)
        self._clerk_starts += 1
        self._fork(CLERK, lambda: self._run_clerk(orders, ended), keep=(orders, ended))
        os.close(orders)
        os.close(ended)

    def _obey(self) -> None:
        heard = os.read(self._orders, 65_536)
        *names, self._rest = (self._rest + heard.decode()).split("\n")
        for name in names:
            self._fork(name, lambda name=name: self._job(name)())  # type: ignore[misc]

    def _fork(self, name: str, job: Job, keep: tuple[int, ...] = ()) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            _live(job, keep)
        self._children[pid] = name

    def _reap(self) -> None:
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            name = self._children.pop(pid, "")
            if name == CLERK:
                self._lose_clerk()
            elif name:
                self._tell(name)

    def _lose_clerk(self) -> None:
        os.close(self._orders)
        os.close(self._ended)
        self._orders = self._ended = -1
        if time.monotonic() - self._clerk_at > LONGEST_PAUSE_S:
            self._clerk_starts = 0  # it lived well: this is no loop

    def _tell(self, name: str) -> None:
        try:
            os.write(self._ended, f"{name}\n".encode())
        except OSError:
            return  # no clerk listens; the next one finds out by the leases


def _live(job: Job, keep: tuple[int, ...]) -> None:
    """Be the child: inherit nothing but the memory, do the job, end."""
    code = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in HEARD:
            signal.signal(number, signal.SIG_DFL)
        _close_all_but(keep)
        code = job()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - the child must never return into the parent's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _close_all_but(keep: tuple[int, ...]) -> None:
    """Close what the parent had open: a lock that a child holds on to would outlive the parent."""
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor > 2 and descriptor not in keep:
            try:
                os.close(descriptor)
            except OSError:
                continue  # the listing's own descriptor


def _hear(_number: int, _frame: FrameType | None) -> None:
    """Do nothing here: the wakeup descriptor has the signal."""
