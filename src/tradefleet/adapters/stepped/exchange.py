"""The control face of the built-in exchange, as the one who moves its time uses it."""

from decimal import Decimal
from typing import Any

import httpx2

from tradefleet.domain.errors import ExchangeUnavailableError
from tradefleet.domain.instrument import plain

_PATIENCE_S = 60.0


class SteppedExchange:
    """An exchange started with `--speed step`."""

    def __init__(self, address: str) -> None:
        """Speak to the exchange at `http://host:port`."""
        self._http = httpx2.Client(base_url=f"{address}/sim", timeout=_PATIENCE_S, trust_env=False)

    def advance(self, ms: int) -> int:
        """Move its time; return where it stands then, every order having been played."""
        return int(self._post("/advance", {"ms": ms})["serverTime"])

    def give(self, asset: str, amount: Decimal) -> None:
        """Let the one account own so much of an asset."""
        self._post("/balance", {"asset": asset, "free": plain(amount)})

    def account(self) -> Any:
        """Return what the one account owns and how many of its orders rest."""
        return self._asked(self._http.build_request("GET", "/state"))["accounts"][0]

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def _post(self, path: str, query: dict[str, Any]) -> Any:
        return self._asked(self._http.build_request("POST", path, params=query))

    def _asked(self, request: httpx2.Request) -> Any:
        try:
            answer = self._http.send(request)
        except httpx2.HTTPError as error:
            raise ExchangeUnavailableError(f"the stepped exchange is gone: {error!r}") from None
        if not answer.is_success:
            raise ExchangeUnavailableError(f"the stepped exchange refused: {answer.text}")
        return answer.json()
