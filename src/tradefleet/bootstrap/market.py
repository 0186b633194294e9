"""Which market the built-in exchange trades on."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tradefleet.adapters.binance.parse import instruments
from tradefleet.domain.errors import DataError, ExchangeUnavailableError
from tradefleet.domain.instrument import Instrument
from tradefleet.exchange.clock import WallClock
from tradefleet.exchange.markets.live import LiveMarket
from tradefleet.exchange.markets.recorded import RecordedMarket, Replay
from tradefleet.exchange.markets.source import PUBLIC_DATA, Source
from tradefleet.exchange.markets.synthetic import SyntheticMarket
from tradefleet.exchange.protocols import Market

LIVE, SYNTHETIC = "live", "synthetic"
_RULES_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class MarketChoice:
    """What a person asked to trade on.

    Attributes:
        words: `synthetic`, `live`, or paths of candle files.
        kept: file in which the live symbols are kept, for a start without network.
        replay: how candle files are played.
        source: where live prices come from.
    """

    words: Sequence[str]
    kept: Path
    replay: Replay = field(default_factory=Replay)
    source: str = PUBLIC_DATA

    def open(self, seed: int, state: dict[str, Any] | None) -> Market:
        """Make the market, or continue it from its state.

        Raises:
            InputError: a file is not there, or the state belongs to another recording.
            DataError: a file cannot be read.
            ExchangeUnavailableError: live prices, first start, and nobody answers.
        """
        if list(self.words) == [SYNTHETIC]:
            return SyntheticMarket(WallClock(), seed, state)
        if list(self.words) == [LIVE]:
            info = _exchange_info(self.source, self.kept)
            return LiveMarket(Source.at(self.source), info, instruments, WallClock(), state)
        # Reading files brings 69 MB of DuckDB along.
        from tradefleet.adapters.candles.files import read_recording

        recordings = [read_recording(Path(word)) for word in self.words]
        return RecordedMarket(recordings, WallClock(), self.replay, state)


def read_rules(path: Path) -> dict[str, Instrument]:
    """Return the rules in an exchangeInfo file by symbol."""
    try:
        known = instruments(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise DataError(f"{path} is no exchangeInfo of Binance: {error}") from error
    return {one.symbol: one for one in known}


def _exchange_info(url: str, kept: Path) -> Any:
    """Ask for the symbols; where nobody answers, take those kept from an earlier day."""
    try:
        answer = httpx2.get(f"{url}/api/v3/exchangeInfo", timeout=_RULES_TIMEOUT_S)
        answer.raise_for_status()
        info = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        if kept.is_file():
            return json.loads(kept.read_text("utf-8"))
        raise ExchangeUnavailableError(
            f"live prices need {url} once to begin with: {error}; start with --market synthetic"
        ) from error
    kept.parent.mkdir(parents=True, exist_ok=True)
    fresh = kept.with_suffix(".new")
    fresh.write_text(json.dumps(info), "utf-8")
    os.replace(fresh, kept)
    return info
