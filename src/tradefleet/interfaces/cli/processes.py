"""The processes behind the dashboard; people rarely start them by hand."""

import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from tradefleet.bootstrap.installation import Installation, installation
from tradefleet.bootstrap.logs import set_up_logs
from tradefleet.domain.errors import InputError, SettingsError
from tradefleet.interfaces.cli.words import read_moment


@click.command("host")
def host_command() -> None:
    """Keep bots, hub and exchange alive (started by `up`)."""
    from tradefleet.bootstrap.host import run

    made = installation()
    made.migrate()
    made.store.close()
    _log(made)
    sys.exit(run(made.settings))


@click.command("hub")
def hub_command() -> None:
    """Watch the market and the account for all bots (started by the host)."""
    from tradefleet.bootstrap.hub_process import run

    made = installation()
    made.migrate()
    _log(made)
    sys.exit(run(made))


@click.command("strategy-worker", hidden=True)
def strategy_worker_command() -> None:
    """Run a person's own strategy without keys (started by a bot)."""
    from tradefleet.bootstrap.strategy_worker import run

    run()


@click.command("exchange")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=5002,
    type=click.IntRange(0, 65_535),
    show_default=True,
    help="Port; 0 takes any free one.",
)
@click.option(
    "--market",
    "markets",
    multiple=True,
    default=("synthetic",),
    show_default=True,
    help="synthetic, live, or a file of recorded candles (repeat for several symbols).",
)
@click.option("--seed", type=click.IntRange(0), help="Seed of a new synthetic market.")
@click.option("--speed", default="1", show_default=True, help="1, N times faster, or step.")
@click.option("--start", help="Where a recorded market begins to trade, as 2023-01-01T00:00.")
@click.option("--loop", is_flag=True, help="Begin a recorded market again at its end.")
@click.option("--source", default="", help="Where a live market's prices come from.")
@click.option(
    "--rules",
    type=click.Path(path_type=Path),
    help="File of an exchangeInfo (.json or .json.gz) to trade a synthetic or recorded market by.",
)
@click.option("--state", type=click.Path(path_type=Path), help="Folder of its memory.")
@click.option("--fresh", is_flag=True, help="Put the old memory aside and start anew.")
@click.option("--api-key", default="", help="Key of the one account.")
@click.option("--api-secret", default="", help="Its secret.")
@click.option(
    "--accounts", type=click.Path(path_type=Path, exists=True), help="JSON file of accounts."
)
@click.option("--balance", "balances", multiple=True, help="What new accounts hold, as USDT=10000.")
@click.option(
    "--faults",
    type=click.Path(path_type=Path, exists=True),
    help="Table of faults, see docs/faults.md.",
)
def exchange_command(
    host: str,
    port: int,
    markets: tuple[str, ...],
    seed: int | None,
    speed: str,
    start: str | None,
    loop: bool,
    source: str,
    rules: Path | None,
    state: Path | None,
    fresh: bool,
    api_key: str,
    api_secret: str,
    accounts: Path | None,
    balances: tuple[str, ...],
    faults: Path | None,
) -> None:
    """Run the built-in exchange, which speaks Binance's API."""
    from tradefleet.bootstrap.exchange import MarketChoice, Options, Replay, run

    if bool(api_key) != bool(api_secret) or (api_key and accounts):
        raise click.UsageError("expected --api-key with --api-secret, or --accounts, or neither")
    made = installation(secrets=False)
    lock = made.folder.lock("exchange")
    if lock is None and state is None:
        raise SettingsError(_why_locked(made))
    if not api_key and accounts is None:
        api_key, api_secret = made.folder.paper_account()
    pace = _pace(speed)
    options = Options(
        state=state or made.folder.exchange,
        market=" ".join(markets),
        host=host,
        port=port,
        seed=seed,
        patience=max(1, int(pace or 1)),
        fresh=fresh,
        api_key=api_key,
        api_secret=api_secret,
        accounts=accounts,
        balances=_balances(balances, made),
        faults=faults,
        ready_file=made.folder.exchange_address if lock is not None else None,
        watch=made.folder.root,
    )
    _log(made)
    replay = Replay(read_moment(start, "--start"), pace, loop)
    run(options, MarketChoice(markets, replay, source, rules), click.echo)


def _why_locked(made: Installation) -> str:
    return (
        f"another exchange (process {made.folder.holder('exchange')}) already works on "
        f"{made.folder.exchange}. Another one needs another folder: --state DIR"
    )


def _pace(speed: str) -> float | None:
    if speed == "step":
        return None
    if not (speed.isascii() and speed.isdigit()) or int(speed) < 1:
        raise InputError(f"--speed: expected a whole number from 1, or step, was {speed!r}")
    return float(speed)


def _balances(words: tuple[str, ...], made: Installation) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for word in words:
        asset, _, amount = word.partition("=")
        try:
            found[asset.upper()] = Decimal(amount)
        except InvalidOperation:
            raise InputError(
                f"--balance: expected an asset and an amount such as USDT=10000, was {word!r}"
            ) from None
    return found or {"USDT": made.settings.paper_balance}


def _log(made: Installation) -> None:
    paper = made.folder.paper_account() if made.mode == "paper" else ()
    set_up_logs(made, also=paper)
