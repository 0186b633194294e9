import signal
import subprocess
import sys
from dataclasses import replace

from tradefleet.adapters.processes import LinuxProcesses


def a_sleeper() -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def the_holder(pid: int):
    processes = LinuxProcesses()
    from tradefleet.adapters import processes as room

    return replace(processes.here("test"), pid=pid, started_at=room._started_at(pid))


def test_this_process_is_alive():
    processes = LinuxProcesses()
    assert processes.is_alive(processes.here("test"))


def test_S8_a_reused_pid_is_another_process():
    processes = LinuxProcesses()
    stranger = replace(processes.here("test"), started_at=1.0)
    assert not processes.is_alive(stranger)


def test_T5_a_process_of_another_boot_is_dead():
    processes = LinuxProcesses()
    assert not processes.is_alive(replace(processes.here("test"), boot="an earlier one"))


def test_a_process_is_asked_to_stop_and_then_counts_as_dead():
    processes = LinuxProcesses()
    sleeper = a_sleeper()
    holder = the_holder(sleeper.pid)
    processes.ask_to_stop(holder)
    assert sleeper.wait(10) == -signal.SIGTERM
    assert not processes.is_alive(holder)
    processes.kill(holder)  # gone: nothing happens


def test_S8_a_stranger_with_the_same_pid_is_never_hit():
    sleeper = a_sleeper()
    try:
        LinuxProcesses().kill(replace(the_holder(sleeper.pid), started_at=1.0))
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()
