"""Binance's public market data over REST, as the live market needs it."""

import json
from collections.abc import Sequence
from typing import Any

import httpx2

from tradefleet.domain.candle import MINUTE
from tradefleet.domain.errors import ExchangeUnavailableError

PUBLIC_DATA = "https://data-api.binance.vision"  # Binance's address for market data only

_TIMEOUT_S = 10.0
_USED = "X-MBX-USED-WEIGHT-1M"
_PAUSE_MS = 30_000


class Source:
    """Asks one server for prices and candles.

    Attributes:
        used_weight: what the server last said was used of its limit in this minute.
    """

    def __init__(self, client: httpx2.AsyncClient) -> None:
        """Use a client whose base URL is the server's address."""
        self._client = client
        self.used_weight = 0

    @classmethod
    def at(cls, url: str = PUBLIC_DATA) -> "Source":
        """Return a source at an address."""
        return cls(httpx2.AsyncClient(base_url=url, timeout=_TIMEOUT_S))

    async def exchange_info(self) -> Any:
        """Return the whole of exchangeInfo."""
        return await self._get("exchangeInfo", {})

    async def prices(self, symbols: Sequence[str] | None = None) -> dict[str, str]:
        """Return last prices by symbol; of all symbols without a list."""
        params = {} if symbols is None else {"symbols": _listed(symbols)}
        rows = await self._rows("ticker/price", params)
        return {row["symbol"]: row["price"] for row in rows}

    async def best(self, symbols: Sequence[str]) -> dict[str, tuple[str, str, str, str]]:
        """Return bid, its quantity, ask and its quantity by symbol."""
        rows = await self._rows("ticker/bookTicker", {"symbols": _listed(symbols)})
        return {
            row["symbol"]: (row["bidPrice"], row["bidQty"], row["askPrice"], row["askQty"])
            for row in rows
        }

    async def book(
        self, symbol: str, limit: int
    ) -> tuple[Sequence[Sequence[str]], Sequence[Sequence[str]]]:
        """Return bids and asks, price and quantity of each level, best first."""
        answer = await self._get("depth", {"symbol": symbol, "limit": limit})
        return answer["bids"], answer["asks"]

    async def klines(
        self,
        symbol: str,
        interval: str,
        start: int | None,
        end: int | None,
        limit: int,
        zone: int = 0,
    ) -> list[list[Any]]:
        """Return kline rows; `zone` as `Market.klines` has it."""
        params: dict[str, Any] = {"symbol": symbol, "interval": interval, "limit": limit}
        if start is not None:
            params["startTime"] = start
        if end is not None:
            params["endTime"] = end
        if zone:
            hours, minutes = divmod(abs(zone) // MINUTE, 60)
            params["timeZone"] = f"{'-' if zone < 0 else ''}{hours}:{minutes:02d}"
        return await self._rows("klines", params)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _rows(self, path: str, params: dict[str, Any]) -> list[Any]:
        rows = await self._get(path, params)
        if not isinstance(rows, list):
            raise ExchangeUnavailableError(f"live prices: {path} answered no list: {rows!r:.200}")
        return rows

    async def _get(self, path: str, params: dict[str, Any]) -> Any:
        try:
            answer = await self._client.get(f"/api/v3/{path}", params=params)
            used = answer.headers.get(_USED, "")
            self.used_weight = int(used) if used.isdigit() else 0
            if answer.status_code == 200:
                return answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise ExchangeUnavailableError(f"live prices: {path} failed: {error}") from error
        wait = answer.headers.get("Retry-After", "")
        too_many = answer.status_code in (418, 429, 403)
        raise ExchangeUnavailableError(
            f"live prices: {path} answered {answer.status_code}",
            retry_after_ms=int(wait) * 1_000 if wait.isdigit() else _PAUSE_MS * too_many,
        )


def _listed(symbols: Sequence[str]) -> str:
    return json.dumps(list(symbols), separators=(",", ":"))
