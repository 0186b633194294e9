"""Probes of this machine and this installation."""

import os
import platform
import shutil
import stat
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from tradefleet import __version__
from tradefleet.adapters.launchers.screen import ScreenLauncher
from tradefleet.adapters.store.migrate import HEAD, version
from tradefleet.adapters.store.upkeep import quick_check
from tradefleet.application.bot_state import status_of
from tradefleet.application.doctor import Checkup
from tradefleet.application.hub_clock import HubClock
from tradefleet.application.system import DASHBOARD, EXCHANGE, HOST, HUB
from tradefleet.bootstrap.installation import Installation
from tradefleet.bootstrap.news import describe_feed, describe_scorer
from tradefleet.bootstrap.notify import provider_names
from tradefleet.bootstrap.storage import sizes
from tradefleet.domain.bot import Status

OLDEST_PYTHON = (3, 11)
LITTLE_DISK = 1 << 30
CHARTS = ("chart.umd.min.js", "lightweight-charts.standalone.production.js")
START = "Start everything: tradefleet up"


def python() -> Iterator[Checkup]:
    """Look at the interpreter and the machine."""
    fits = sys.version_info >= OLDEST_PYTHON and sys.platform == "linux"
    text = f"Tradefleet {__version__} on Python {platform.python_version()}, {platform.system()}"
    yield Checkup("python", fits, text, "" if fits else "Needed: Linux, Python 3.11 or newer.")


def charts() -> Iterator[Checkup]:
    """Look whether the pages have their chart scripts."""
    vendor = files("tradefleet") / "interfaces" / "dashboard" / "static" / "vendor"
    missing = [name for name in CHARTS if not (vendor / name).is_file()]
    if missing:
        yield Checkup("chart scripts", False, f"missing: {', '.join(missing)}", "Run: make setup")
    else:
        yield Checkup("chart scripts", True, "installed")


def environment_file() -> Iterator[Checkup]:
    """Look who may read the file that holds the keys."""
    path = Path(".env")
    if not path.exists():
        yield Checkup(".env", True, "there is none: environment and defaults hold")
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        text = f"others on this machine may read it (mode {mode:04o}), and it may hold keys"
        yield Checkup(".env", False, text, "Run: chmod 600 .env")
    else:
        yield Checkup(".env", True, f"readable by you alone (mode {mode:04o})")


class HouseProbes:
    """Probes that need the settings."""

    def __init__(self, made: Installation) -> None:
        self._made = made

    @property
    def _has_store(self) -> bool:
        file = self._made.store.file
        return file is None or file.exists()

    def settings(self) -> Iterator[Checkup]:
        """Say what they come to."""
        settings = self._made.settings
        yield Checkup("settings", True, f"{settings.trading_mode} mode, data in {settings.home}")

    def data_folder(self) -> Iterator[Checkup]:
        """Look whether it can be written, and how much room there is."""
        root = self._made.folder.root
        if not root.exists():
            yield Checkup("data folder", None, f"{root} is not there yet", START)
            return
        if not (root.is_dir() and os.access(root, os.R_OK | os.W_OK | os.X_OK)):
            mend = "Set TRADEFLEET_HOME to a folder you may write, or change its owner or mode."
            yield Checkup("data folder", False, f"{root} cannot be written", mend)
            return
        yield Checkup("data folder", True, f"{root} can be written")
        free = shutil.disk_usage(root).free
        enough = free >= LITTLE_DISK
        mend = "" if enough else "Make room: bots stop trading when nothing can be written down."
        yield Checkup("disk", enough, f"{_size(free)} free", mend)
        if self._has_store:
            kept = ", ".join(f"{name} {_size(size)}" for name, size in sizes(self._made).items())
            yield Checkup("sizes", True, kept)

    def store(self) -> Iterator[Checkup]:
        """Look whether the database is sound and as new as this version."""
        store = self._made.store
        if not self._has_store:
            yield Checkup("store", None, "there is none yet", START)
            return
        if problem := quick_check(store):
            mend = "" if store.file else "Look whether the database runs, and at DATABASE_URL."
            yield Checkup("store", False, problem, mend)
            return
        yield Checkup("store", True, f"{store.name} is sound")
        found = version(store)
        if found == HEAD:
            yield Checkup("schema", True, f"version {HEAD}")
        else:
            text = f"version {found or 'none'}, this Tradefleet writes {HEAD}"
            yield Checkup("schema", None, text, "The next start brings an older one up to date.")

    def processes(self) -> Iterator[Checkup]:
        """Look who lives; that nothing runs at all is no fault."""
        made = self._made
        wanted = (EXCHANGE, HUB, HOST) if made.mode == "paper" else (HUB, HOST)
        pids = {name: made.folder.holder(name) for name in (*wanted, DASHBOARD)}
        idle = not any(pids.values())
        for name, pid in pids.items():
            if pid:
                yield Checkup(f"{name} process", True, f"lives ({pid})")
            elif idle or name == DASHBOARD:
                yield Checkup(f"{name} process", None, "does not run", START)
            else:
                mend = f"Its last words are in {made.folder.run / f'{name}.log'}. {START}"
                text = "does not run, though others do"
                yield Checkup(f"{name} process", False, text, mend)

    def bots(self) -> Iterator[Checkup]:
        """Look whether every bot does what it is meant to."""
        made = self._made
        if not self._has_store:
            return
        leases, now = made.leases.all(), HubClock(made.snapshots, made.clock).now()
        runs = made.folder.holder(HOST) is not None
        awake = (Status.RUNNING, Status.STARTING) if runs else (Status.RUNNING,)
        for bot in made.bots.all():
            status = status_of(bot, leases.get(bot.id), now)
            name = f"bot {bot.id}"
            if bot.failure:
                mend = f"See tradefleet bot logs {bot.id}; then tradefleet bot start {bot.id}"
                yield Checkup(name, False, f"{bot.settings.name} failed: {bot.failure}", mend)
            elif bot.wish.wants_process and status not in awake:
                ok = False if runs else None
                yield Checkup(name, ok, f"{bot.settings.name} should run and does not", START)
            else:
                yield Checkup(name, True, f"{bot.settings.name} is {status.value}")

    def launcher(self) -> Iterator[Checkup]:
        """Look by what bots get their processes."""
        wanted = self._made.settings.launcher
        if ScreenLauncher.is_installed():
            yield Checkup("launcher", True, f"{wanted}; screen is installed")
        elif wanted == "screen":
            mend = "Install screen, or set LAUNCHER=auto"
            yield Checkup("launcher", False, "LAUNCHER is screen, and it is not installed", mend)
        else:
            text = f"{wanted}; screen is not installed, bots run in the host"
            yield Checkup("launcher", True if wanted != "auto" else None, text)

    def strategies(self) -> Iterator[Checkup]:
        """Look at the person's own strategies."""
        faulty = self._made.catalogue.faulty()
        for file, error in faulty.items():
            yield Checkup(f"strategy {file}", False, error, "Mend the file; others are not harmed.")
        if not faulty:
            yield Checkup("strategies", True, f"{len(self._made.catalogue.cards())} can be used")

    def messages(self) -> Iterator[Checkup]:
        """Look whether alarms reach a person."""
        if names := provider_names(self._made.settings):
            yield Checkup("messages", True, f"set up: {', '.join(names)}")
        else:
            text = "no way is set up: alarms stand on the page and in run/host.log only"
            yield Checkup("messages", None, text, "Set TWILIO_... or APPRISE_URLS in .env")

    def news(self) -> Iterator[Checkup]:
        """Look where headlines come from."""
        made = self._made
        feed = describe_feed(made.settings)
        if not feed:
            text = "no source is set: ticker_news never buys without headlines"
            yield Checkup("news", None, text, "Set CRYPTONEWS_API_KEY or NEWS_FILE in .env")
            return
        seen = made.snapshots.get("news") if self._has_store else None
        problem = str(seen.value.get("problem", "")) if seen is not None else ""
        text = f"from {feed}, read by {describe_scorer(made.settings)}"
        yield Checkup("news", not problem, f"{text}: {problem}" if problem else text)


def _size(size: int) -> str:
    for unit, factor in (("GB", 1 << 30), ("MB", 1 << 20)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size / 1024:.0f} KB"
