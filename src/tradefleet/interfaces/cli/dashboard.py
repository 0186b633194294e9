"""The dashboard in a terminal's foreground: its parts, its link, its life."""

import os
import shlex
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import FrameType

import click

from tradefleet.application.system import HOST, System
from tradefleet.bootstrap.candles import forget, kept
from tradefleet.bootstrap.installation import Installation
from tradefleet.bootstrap.logs import set_up_logs
from tradefleet.bootstrap.notify import provider_names
from tradefleet.bootstrap.seed_files import older_system
from tradefleet.bootstrap.settlement import journals
from tradefleet.bootstrap.storage import sizes
from tradefleet.bootstrap.system import system
from tradefleet.domain.errors import SettingsError
from tradefleet.interfaces.cli.output import say
from tradefleet.interfaces.dashboard.app import create_app
from tradefleet.interfaces.dashboard.owner import Owner
from tradefleet.interfaces.dashboard.parts import Parts
from tradefleet.interfaces.dashboard.server import own_names, serve, why_exposed
from tradefleet.settings import forget_secrets, secrets_in_environment

# The hub restarts a host that died within this time; we do it where the hub died as well.
REVIVE_S = 20.0


def open_dashboard(
    made: Installation, host: str, port: int, browse: Callable[[str], object] | None
) -> None:
    """Bring the system up and serve the dashboard until the terminal ends it.

    Args:
        browse: opens a link in a browser; None only prints it.

    Raises:
        SettingsError: the host would be exposed without a password, or the port is taken.
    """
    settings = made.settings
    chosen = settings.tradefleet_token.get_secret_value()
    protected = bool(chosen or settings.tradefleet_password.get_secret_value())
    if why := why_exposed(host, protected=protected):
        raise SettingsError(why)
    app = create_app(_parts(made, host))
    _end_with_signals(app.extensions["services"].broadcast.end)
    set_up_logs(made, "%(levelname)s %(message)s", also=[made.token])
    end_with(made.folder.root, lambda: os.kill(os.getpid(), signal.SIGTERM))

    whole = system(made)
    revives = not secrets_in_environment()

    def ready(bound: int) -> None:
        made.folder.write(made.folder.run / "dashboard.json", {"host": host, "port": bound})
        whole.bring_up(say)
        forget_secrets()
        link = login_link(made, host, bound)
        click.echo(f"\nThe dashboard is open. This link logs you in once:\n\n    {link}\n")
        click.echo(
            "Ctrl-C closes the dashboard only; bots go on. To end everything: tradefleet down"
        )
        if older := older_system(made):
            command = f"tradefleet import {shlex.quote(str(older))}"
            click.echo(f"An older system left bots in {older}; to take them over: {command}")
        if browse is not None:
            browse(link)

    with suppress(KeyboardInterrupt), _kept_up(whole if revives else None):
        serve(app, host, port, ready)
    say(f"\n{_farewell(made)}")


def _farewell(made: Installation) -> str:
    if not made.folder.root.is_dir():
        return "The data folder is gone: everything that belongs to it ends."
    if made.folder.holder(HOST) is None or made.folder.down_mark.exists():
        return "The dashboard is closed."
    return "The dashboard is closed. Bots go on; `tradefleet up` opens it again."


def end_with(folder: Path, end: Callable[[], object], look_s: float = 1.0) -> threading.Thread:
    """Call `end` once when the folder has disappeared; return the thread that looks."""

    def look() -> None:
        while folder.is_dir():
            time.sleep(look_s)
        end()

    thread = threading.Thread(target=look, name="data folder", daemon=True)
    thread.start()
    return thread


@contextmanager
def _kept_up(whole: System | None) -> Iterator[None]:
    """Revive the system again and again for as long as the dashboard is open.

    Args:
        whole: None where this process could not hand on the secrets that trading needs.
    """
    closed = threading.Event()

    def keep() -> None:
        while whole is not None and not closed.wait(REVIVE_S):
            whole.revive(say)

    threading.Thread(target=keep, name="keep up", daemon=True).start()
    try:
        yield
    finally:
        closed.set()


def login_link(made: Installation, host: str, port: int) -> str:
    """Return a link that logs a browser in once, within a quarter of an hour."""
    owner = Owner(made.sessions, made.clock, made.token)
    where = "127.0.0.1" if host in ("0.0.0.0", "::") else host
    return f"http://{where}:{port}/open/{owner.make_link()}"


def _parts(made: Installation, host: str) -> Parts:
    return Parts(
        settings=made.settings,
        clock=made.clock,
        bots=made.bots,
        leases=made.leases,
        records=made.records,
        snapshots=made.snapshots,
        findings=made.findings,
        halts=made.halts,
        armings=made.armings,
        lift_kill_file=made.folder.lift_kill_file,
        outbox=made.outbox,
        activities=made.activities,
        news=made.news,
        sessions=made.sessions,
        catalogue=made.catalogue,
        deciders=made.catalogue,
        chart=made.chart,
        journal_for=journals(made),
        here=made.processes.here("dashboard"),
        read_instrument=made.read_instrument,
        runs=made.runs,
        uploads=made.uploads,
        kept_candles=lambda: kept(made.folder),
        forget_candles=partial(forget, made.folder),
        log_folder=made.folder.root,
        token=made.token,
        providers=provider_names(made.settings),
        hosts=own_names(host),
        storage=lambda: sizes(made),
    )


def _end_with_signals(end_streams: Callable[[], object]) -> None:
    """Let every signal that means the end raise KeyboardInterrupt, open streams ended before."""

    def end(_number: int, _frame: FrameType | None) -> None:
        end_streams()
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup means it
            signal.signal(number, end)
