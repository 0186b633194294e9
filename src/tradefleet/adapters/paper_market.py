"""What the built-in exchange says about its market; no other exchange has such a page."""

from typing import Any

import httpx2

from tradefleet.adapters.binance.transport import http_client
from tradefleet.domain.errors import ExchangeUnavailableError

WAIT_S = 5.0


class PaperMarket:
    """Reads the built-in exchange's own view of its market, from its control face."""

    def __init__(self, url: str, http: httpx2.Client | None = None) -> None:
        self._url = f"{url}/sim/state"
        self._http = http or http_client(url, WAIT_S)

    def look(self) -> dict[str, Any]:
        """Return the `market` snapshot: `kind`, and since when live prices are frozen (0 = not).

        Raises:
            ExchangeUnavailableError: it does not answer.
        """
        try:
            state = self._http.get(self._url).raise_for_status().json()
            return {"kind": state["market"], "frozen_since": int(state["staleSince"] or 0)}
        except (httpx2.HTTPError, ValueError, KeyError, TypeError) as error:
            raise ExchangeUnavailableError(
                f"the paper exchange does not tell about its market: {error!r}"
            ) from None
