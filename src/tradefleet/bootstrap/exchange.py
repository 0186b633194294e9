"""The exchange's process, put together: its market by name, its memory, its account."""

import asyncio
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tradefleet.adapters.candles.files import read_recording
from tradefleet.domain.errors import ExchangeUnavailableError, InputError, SettingsError
from tradefleet.exchange.clock import WallClock
from tradefleet.exchange.info.symbol_rules import ExchangeRules, load_rules
from tradefleet.exchange.markets.coins import COINS
from tradefleet.exchange.markets.live import LiveMarket
from tradefleet.exchange.markets.recorded import RecordedMarket, Replay
from tradefleet.exchange.markets.source import PUBLIC_DATA, Source
from tradefleet.exchange.markets.synthetic import SyntheticMarket
from tradefleet.exchange.opening import OpenMarket, Options, Say
from tradefleet.exchange.protocols import Market
from tradefleet.exchange.server import serve

__all__ = ["MarketChoice", "Options", "Replay", "run"]

LIVE, SYNTHETIC = "live", "synthetic"


@dataclass(frozen=True, slots=True)
class MarketChoice:
    """Which market, and how it is played.

    Attributes:
        names: `live`, `synthetic`, or paths of recorded candles.
        source: where live prices come from; empty = Binance.
        rules: file of an exchangeInfo by which a synthetic or recorded market is traded; None
            trades it by today's rules.
    """

    names: tuple[str, ...]
    replay: Replay
    source: str = ""
    rules: Path | None = None


def run(options: Options, choice: MarketChoice, say: Say) -> None:
    """Run the exchange until a signal ends it.

    Raises:
        InputError: it cannot start; says the mend.
        SettingsError: the live source cannot be reached at a first start.
    """
    if choice.rules is not None:  # a memory belongs to the rules it was traded by
        options = replace(options, market=f"{options.market} by {choice.rules.name}")
    serve(options, market_opener(options, choice, say), say)


def market_opener(options: Options, choice: MarketChoice, say: Say) -> OpenMarket:
    """Return what makes or continues the chosen market; it raises as `run` does."""
    rules = _given_rules(choice)

    def open_market(seed: int, state: dict[str, Any] | None) -> Market:
        if choice.names == (SYNTHETIC,):
            market = SyntheticMarket(WallClock(), seed, state, rules=rules)
            left_out = [one.symbol for one in COINS if one.symbol not in market.rules().symbols]
            if left_out:
                say(f"{choice.rules} has no rules of {', '.join(left_out)}: not traded here")
            return market
        if choice.names == (LIVE,):
            url = choice.source or PUBLIC_DATA
            info = _rules(url, options.state / "live.rules.json")
            return LiveMarket(Source.at(url), info, WallClock(), state)
        recordings = [read_recording(Path(name)) for name in choice.names]
        return RecordedMarket(recordings, WallClock(), replace(choice.replay, rules=rules), state)

    return open_market


def _given_rules(choice: MarketChoice) -> ExchangeRules | None:
    if choice.rules is None:
        return None
    if choice.names == (LIVE,):
        raise InputError(
            "a live market is traded by Binance's own rules; --rules is for synthetic and recorded"
            " ones",
            field="rules",
        )
    return load_rules(choice.rules)


def _rules(url: str, kept: Path) -> Any:
    """Return the source's exchangeInfo; while it does not answer, as it was heard last."""
    try:
        told = asyncio.run(_ask_for_rules(url))
        fresh = kept.with_suffix(".new")
        fresh.write_text(json.dumps(told), "utf-8")
        os.replace(fresh, kept)
        return told
    except ExchangeUnavailableError as error:
        if kept.exists():
            return json.loads(kept.read_text("utf-8"))
        raise SettingsError(
            f"live prices cannot be reached at {url}, and a live market needs them to begin: "
            f"{error}. A synthetic market needs no network: PAPER_MARKET=synthetic"
        ) from error


async def _ask_for_rules(url: str) -> Any:
    source = Source.at(url)
    try:
        return await source.exchange_info()
    finally:
        await source.close()
