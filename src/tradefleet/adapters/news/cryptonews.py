"""Headlines from the CryptoNews API (cryptonews-api.com): one GET a look."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from tradefleet.adapters.news.coins import coins_in
from tradefleet.domain.errors import DataError
from tradefleet.domain.strategy import Headline

ITEMS = 100
LONGEST_TITLE = 300
TIMEOUT_S = 10.0


class CryptoNewsFeed:
    """Keeps `NewsFeed`. Its own sentiment labels are left out: one scorer reads everything."""

    def __init__(self, base_url: str, key: str, client: httpx2.Client | None = None) -> None:
        """Take the address and the key; `client` is for tests."""
        self._url = f"{base_url.rstrip('/')}/api/v1/category"
        self._key = key
        self._client = client or httpx2.Client(timeout=TIMEOUT_S)

    def headlines(self, since: int) -> tuple[Headline, ...]:
        """Return headlines published after `since`, oldest first.

        Raises:
            DataError: the API cannot be reached, refuses the key, or answers something else.
        """
        wanted = {"section": "alltickers", "items": str(ITEMS), "page": "1", "token": self._key}
        try:
            response = self._client.get(self._url, params=wanted)
        except httpx2.HTTPError as error:  # its text may hold the address and with it the key
            raise DataError(
                f"the CryptoNews API cannot be reached: {type(error).__name__}"
            ) from None
        if response.status_code != 200:
            raise DataError(
                f"the CryptoNews API answered {response.status_code}; is the key right?"
            )
        try:
            found = [_headline(article) for article in response.json()["data"]]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DataError(f"the CryptoNews API answered in an unknown form: {error}") from error
        return tuple(sorted((h for h in found if h.published > since), key=lambda h: h.published))


def _headline(article: Mapping[str, Any]) -> Headline:
    title = str(article["title"]).strip()[:LONGEST_TITLE]
    tickers = tuple(sorted(str(ticker).upper()[:20] for ticker in article.get("tickers") or ()))
    published = int(parsedate_to_datetime(article["date"]).timestamp() * 1000)
    return Headline(published, title, str(article["source_name"])[:60], tickers or coins_in(title))
