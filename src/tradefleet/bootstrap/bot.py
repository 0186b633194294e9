"""A bot's process, put together. Imported by the host before it forks, so it opens nothing."""

import os
from collections.abc import Callable
from functools import partial

from tradefleet.adapters.binance.hosts import hosts
from tradefleet.adapters.bot_log import FileBotLog
from tradefleet.adapters.store.bots import installation_id
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.application.arming import Licence
from tradefleet.application.bot_process import BotParts
from tradefleet.application.run_bot import run_bot
from tradefleet.application.world import World
from tradefleet.bootstrap.bot_side import BotSide, bot_side
from tradefleet.bootstrap.credentials import credentials
from tradefleet.bootstrap.installation import Installation
from tradefleet.bootstrap.paper_address import paper_address
from tradefleet.domain.bot import BotSettings
from tradefleet.domain.errors import ExchangeError
from tradefleet.ports.strategies import Decider


def run(made: Installation, bot_id: int, launcher: str, *, echo: bool = False) -> int:
    """Run a bot until it is asked to stop; return the process's exit code.

    Args:
        made: not used by this process before.
        bot_id: of the bot.
        launcher: who started this process: `host`, `screen`, `process` or `terminal`.
        echo: also write the bot's log to the terminal.
    """
    if launcher != "terminal" and made.folder.down_mark.exists():
        return 0  # all was taken down while it was being started
    path = made.folder.root / f"bot_{bot_id}.log"
    log = FileBotLog(path, echo=echo)
    _link(path.name, made)
    where = hosts(made.mode, paper_address(made.folder))
    key, socket = credentials(made.settings, made.folder), made.folder.hub_socket
    side = bot_side(where, key, socket, made.snapshots)
    _set_clock(side)
    parts = BotParts(
        bots=made.bots,
        leases=made.leases,
        journal_for=partial(SqlJournal, made.store),
        world=World(
            market=side.market,
            broker=side.broker,
            clock=side.clock,
            news=made.news,
            findings=made.findings,
            is_frozen=lambda: _is_frozen(made),
            surroundings=made.surroundings,
            licence=Licence(made.armings, side.clock, key.mark) if made.mode == "live" else None,
        ),
        bell=side.bell,
        log=log,
        strategy_for=_strategy_for(made),
        holder=made.processes.here(launcher),
        installation=installation_id(made.store),
        mode=made.mode,
        folder_is_there=made.folder.root.exists,
        halts=made.halts,
        kill_flag=made.folder.kill_flag,
    )
    return run_bot(bot_id, parts)


def _strategy_for(made: Installation) -> Callable[[BotSettings], Decider]:
    def ready(settings: BotSettings) -> Decider:
        return made.catalogue.decider(settings.strategy, settings.parameters)

    return ready


def _is_frozen(made: Installation) -> bool:
    market = made.snapshots.get("market")
    return market is not None and bool(market.value.get("frozen_since"))


def _set_clock(side: BotSide) -> None:
    """Take the exchange's clock over; while it does not answer, the wall clock has to do."""
    try:
        side.set_clock()
    except ExchangeError:
        return


def _link(name: str, made: Installation) -> None:
    """Let `tail -f bot_1.log` work in the working folder; what already lies there is left alone."""
    here = made.working_folder / name
    target = made.folder.root / name
    if here == target or (here.exists() and not here.is_symlink()):
        return
    try:
        if here.is_symlink():
            if here.readlink() == target:
                return
            here.unlink()
        os.symlink(target, here)
    except OSError:
        return
