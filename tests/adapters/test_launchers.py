"""Real processes: forked from a warm parent, in screen sessions, detached."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.skips import skip_or_fail
from tradefleet.adapters.launchers.process import ProcessLauncher
from tradefleet.adapters.launchers.screen import ScreenLauncher

PATIENCE_S = 120.0

# What a launcher starts here instead of `tradefleet`: it writes down its arguments and lives on.
STAND_IN = """
import os, pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[1])
(folder / f"bot_{sys.argv[4]}.started").write_text(f"{os.getpid()} {' '.join(sys.argv[2:])}")
def told(number, _):
    (folder / f"bot_{sys.argv[4]}.told").write_text(signal.Signals(number).name)
    sys.exit(0)
signal.signal(signal.SIGHUP, told)
signal.signal(signal.SIGTERM, told)
time.sleep(60)
"""

# A warm parent whose clerk asks for what stands in the file `orders`.
WARM_PARENT = """
import os, pathlib, sys, time
from tradefleet.adapters.launchers.fork import ForkLauncher, WarmParent
folder = pathlib.Path(sys.argv[1])
lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT)
assert lock > 2
def clerk(orders, ended):
    (folder / "clerk").write_text(str(os.getpid()))
    launcher, asked = ForkLauncher(orders), 0
    os.set_blocking(ended, False)
    while True:
        wanted = (folder / "orders").read_text().split()
        for bot in wanted[asked:]:
            launcher.launch(int(bot))
        asked = len(wanted)
        time.sleep(0.05)
        try:
            heard = os.read(ended, 1000)
        except BlockingIOError:
            continue
        if not heard:
            return 0
        with (folder / "ended").open("ab") as file:
            file.write(heard)
def job(name):
    def live():
        bot = name.split()[1]
        fds = sorted(os.listdir("/proc/self/fd"))
        (folder / f"bot_{bot}.started").write_text(f"{os.getpid()} {os.getsid(0)} {len(fds)}")
        time.sleep(60)
        return 0
    return live
sys.exit(WarmParent(clerk, job, folder).run())
"""


def eventually(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not found():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def read_pid(path: Path) -> int:
    words: list[str] = []

    def read() -> list[str]:  # the writer may be in the middle of it
        words[:] = path.read_text().split() if path.exists() else []
        return words

    eventually(read)
    return int(words[0])


@pytest.fixture
def stand_in(tmp_path: Path) -> list[str]:
    script = tmp_path / "stand_in.py"
    script.write_text(STAND_IN)
    return [sys.executable, str(script), str(tmp_path)]


def test_a_detached_process_gets_its_id_as_one_argument(tmp_path: Path, stand_in: list[str]):
    launcher = ProcessLauncher(stand_in, tmp_path)
    launcher.launch(7)
    pid = read_pid(tmp_path / "bot_7.started")
    try:
        said = (tmp_path / "bot_7.started").read_text().split()
        assert said[1:] == ["bot", "run", "7", "--launcher", "process"]
        assert os.getsid(pid) == pid
    finally:
        os.kill(pid, signal.SIGKILL)
        launcher._started[0].wait()


class TestScreen:
    @pytest.fixture(autouse=True)
    def _screen_is_there(self):
        if not ScreenLauncher.is_installed():
            skip_or_fail("screen is not installed")

    def test_a_bot_lives_in_a_session_of_its_name_and_hears_quit(
        self, tmp_path: Path, stand_in: list[str]
    ):
        bot_id = 900_000 + os.getpid()  # no session of this name belongs to anybody else
        ScreenLauncher(stand_in).launch(bot_id)
        pid = read_pid(tmp_path / f"bot_{bot_id}.started")
        try:
            listed = subprocess.run(
                ["screen", "-ls"], capture_output=True, text=True, check=False
            ).stdout
            assert f".bot_{bot_id}\t" in listed
            quit_it = ["screen", "-S", f"bot_{bot_id}", "-X", "quit"]
            subprocess.run(quit_it, check=True, capture_output=True)
            eventually(lambda: (tmp_path / f"bot_{bot_id}.told").exists())
            assert (tmp_path / f"bot_{bot_id}.told").read_text() == "SIGHUP"
            eventually(lambda: not is_alive(pid))
        finally:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)


class TestWarmParent:
    @pytest.fixture
    def parent(self, tmp_path: Path):
        (tmp_path / "orders").write_text("")
        script = tmp_path / "parent.py"
        script.write_text(WARM_PARENT)
        started = subprocess.Popen([sys.executable, str(script), str(tmp_path)])
        yield started
        for name in ("clerk", *(path.name for path in tmp_path.glob("bot_*.started"))):
            pid = read_pid(tmp_path / name) if (tmp_path / name).exists() else 0
            if pid and is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        if started.poll() is None:
            started.kill()
        started.wait()

    def order(self, folder: Path, bots: str) -> None:
        fresh = folder / "orders.new"
        fresh.write_text(bots)
        fresh.replace(folder / "orders")

    def test_it_forks_what_the_clerk_asks_for_and_tells_who_ended(self, tmp_path: Path, parent):
        self.order(tmp_path, "1 2")
        first = read_pid(tmp_path / "bot_1.started")
        second = read_pid(tmp_path / "bot_2.started")
        os.kill(first, signal.SIGKILL)
        eventually(lambda: (tmp_path / "ended").exists())
        assert (tmp_path / "ended").read_text() == "bot 1\n"
        assert is_alive(second)

    def test_a_child_inherits_neither_locks_nor_the_session(self, tmp_path: Path, parent):
        self.order(tmp_path, "1")
        pid = read_pid(tmp_path / "bot_1.started")
        _, session, descriptors = (tmp_path / "bot_1.started").read_text().split()
        assert int(session) == pid
        assert int(descriptors) == 4  # standard ones and the listing itself

    def test_bots_outlive_the_parent_and_the_clerk_does_not(self, tmp_path: Path, parent):
        self.order(tmp_path, "1")
        bot, clerk = read_pid(tmp_path / "bot_1.started"), read_pid(tmp_path / "clerk")
        parent.terminate()
        assert parent.wait(PATIENCE_S) == 0
        eventually(lambda: not is_alive(clerk))
        assert is_alive(bot)

    def test_a_clerk_that_dies_is_replaced(self, tmp_path: Path, parent):
        clerk = read_pid(tmp_path / "clerk")
        os.kill(clerk, signal.SIGKILL)
        eventually(lambda: read_pid(tmp_path / "clerk") != clerk)
        self.order(tmp_path, "3")
        assert is_alive(read_pid(tmp_path / "bot_3.started"))

    def test_it_has_one_thread_and_no_socket(self, tmp_path: Path, parent):
        self.order(tmp_path, "1")
        read_pid(tmp_path / "bot_1.started")
        status = Path(f"/proc/{parent.pid}/status").read_text()
        assert "Threads:\t1\n" in status
        opened = [os.readlink(path) for path in Path(f"/proc/{parent.pid}/fd").iterdir()]
        assert not [name for name in opened if name.startswith("socket:")]
