"""The exchange's process, put together: its market by name, its memory, its account."""

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradefleet.adapters.binance import parse
from tradefleet.adapters.candles.files import read_recording
from tradefleet.domain.errors import ExchangeUnavailableError, SettingsError
from tradefleet.exchange.clock import WallClock
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
    """

    names: tuple[str, ...]
    replay: Replay
    source: str = ""


def run(options: Options, choice: MarketChoice, say: Say) -> None:
    """Run the exchange until a signal ends it.

    Raises:
        InputError: it cannot start; says the mend.
        SettingsError: the live source cannot be reached at a first start.
    """
    serve(options, market_opener(options, choice), say)


def market_opener(options: Options, choice: MarketChoice) -> OpenMarket:
    """Return what makes or continues the chosen market; it raises as `run` does."""

    def open_market(seed: int, state: dict[str, Any] | None) -> Market:
        if choice.names == (SYNTHETIC,):
            return SyntheticMarket(WallClock(), seed, state)
        if choice.names == (LIVE,):
            url = choice.source or PUBLIC_DATA
            info = _rules(url, options.state / "live.rules.json")
            return LiveMarket(Source.at(url), info, parse.instruments, WallClock(), state)
        recordings = [read_recording(Path(name)) for name in choice.names]
        return RecordedMarket(recordings, WallClock(), choice.replay, state)

    return open_market


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
