"""The host's process, put together: a warm parent that forks, and its clerk that reads the store.

Everything a bot or the hub needs is imported here, before the first fork, so that all of them share
the memory of it.
"""

import sys
from collections.abc import Callable, Sequence

import tradefleet.bootstrap.bot as bot_process
import tradefleet.bootstrap.hub_process as hub_process
from tradefleet.adapters.daemons import Daemons
from tradefleet.adapters.launchers.fork import ForkLauncher, Job, WarmParent
from tradefleet.adapters.launchers.process import ProcessLauncher
from tradefleet.adapters.launchers.screen import ScreenLauncher
from tradefleet.adapters.launchers.services import DetachedService, ForkedService
from tradefleet.application.clerk import run_clerk
from tradefleet.application.host import Fleet, Host, Service
from tradefleet.application.system import EXCHANGE, HOST, HUB
from tradefleet.bootstrap.installation import Installation
from tradefleet.bootstrap.paper import PaperExchange
from tradefleet.domain.errors import LeaseError
from tradefleet.ports.fleet import Launcher
from tradefleet.settings import Settings

COMMAND = (sys.executable, "-m", "tradefleet")


def run(settings: Settings) -> int:
    """Run the host until it is asked to stop; return the exit code.

    Raises:
        LeaseError: another host serves this data folder.
    """
    made = Installation(settings)
    lock = made.folder.lock(HOST)
    if lock is None:
        raise LeaseError(
            f"another host (process {made.folder.holder(HOST)}) already serves {made.folder.root}"
        )
    if made.folder.down_mark.exists():
        _complain("everything was taken down; start it again with: tradefleet up")
        return 0

    def clerk(orders: int, ended: int) -> int:
        own = Installation(settings)
        host = _host(own, ForkLauncher(orders))
        return run_clerk(host, ended, own.folder.root.is_dir, _complain)

    made.store.compile()
    return WarmParent(clerk, _job(made), made.folder.root).run()


def _job(made: Installation) -> Callable[[str], Job]:
    """Return what a forked process does, by its name; the parent has opened nothing of `made`."""

    def job(name: str) -> Job:
        kind, _, number = name.partition(" ")
        if kind == "bot":
            return lambda: bot_process.run(made, int(number), "host")
        return lambda: hub_process.run(made)

    return job


def _host(made: Installation, parent: ForkLauncher) -> Host:
    launchers: dict[str, Launcher] = {
        "host": parent,
        "process": ProcessLauncher(COMMAND, made.folder.run),
    }
    if ScreenLauncher.is_installed():
        launchers["screen"] = ScreenLauncher(COMMAND)
    return Host(
        Fleet(
            made.bots,
            made.leases,
            made.records,
            made.findings,
            made.snapshots,
            made.halts,
            made.folder.kill_flag,
        ),
        made.processes,
        launchers,
        made.settings.launcher,
        _services(made, parent),
        made.clock,
    )


def _services(made: Installation, parent: ForkLauncher) -> Sequence[Service]:
    daemons = Daemons(made.folder)
    hub = ForkedService(HUB, daemons, parent)
    if made.mode != "paper":
        return (hub,)
    again = PaperExchange(made).arguments_again()
    return DetachedService(EXCHANGE, daemons, again), hub


def _complain(text: str) -> None:
    sys.stderr.write(f"{text}\n")  # into run/host.log
    sys.stderr.flush()
