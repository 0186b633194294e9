"""Binance's public dumps: a zip a month or day, and beside each its checksum.

{root}/data/spot/monthly/klines/BTCUSDT/5m/BTCUSDT-5m-2024-01.zip   and .zip.CHECKSUM
{root}/data/spot/daily/klines/BTCUSDT/5m/BTCUSDT-5m-2024-01-31.zip
(github.com/binance/binance-public-data)
"""

import hashlib
import re
import tempfile
from pathlib import Path

import httpx2

from tradefleet.adapters.binance.transport import http_client
from tradefleet.adapters.candles.files import read_recording
from tradefleet.domain.errors import DataError, ExchangeUnavailableError
from tradefleet.domain.recording import Recording

FILE_S = 300.0  # for a whole file; a month of seconds has about 100 MB
LARGEST_FILE = 1 << 30
_NOT_THERE = 404
_CHECKSUM = re.compile(r"([0-9a-fA-F]{64})\s+\*?(\S+)\s*")


class PublicDumps:
    """Fetches dumps of spot candles; keeps `Dumps`."""

    def __init__(self, url: str, http: httpx2.Client | None = None) -> None:
        """Prepare; nothing is sent yet.

        Args:
            url: root of the dumps, such as `https://data.binance.vision`.
            http: what carries the requests; made here if not given.
        """
        self._url = url.rstrip("/")
        self._http = http or http_client(url, FILE_S)

    def fetch(self, symbol: str, interval: str, period: str) -> Recording | None:
        """Return the candles of a month (`2024-01`) or day (`2024-01-31`), None without a file.

        Raises:
            ExchangeUnavailableError: no answer.
            DataError: the file is not what its checksum says, or its candles cannot be true.
        """
        kind = "monthly" if len(period) == len("2024-01") else "daily"
        name = f"{symbol}-{interval}-{period}.zip"
        address = f"{self._url}/data/spot/{kind}/klines/{symbol}/{interval}/{name}"
        try:
            with tempfile.TemporaryDirectory() as folder:
                checksum = self._checksum(f"{address}.CHECKSUM", name)
                file = Path(folder) / name
                if checksum is None or not self._save(address, file, checksum):
                    return None
                return read_recording(file, symbol, interval)
        except httpx2.HTTPError as error:
            raise ExchangeUnavailableError(
                f"{self._url} does not answer: {str(error) or type(error).__name__}"
            ) from None

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _checksum(self, address: str, name: str) -> str | None:
        answer = self._http.get(address)
        if answer.status_code == _NOT_THERE:
            return None
        self._refuse(answer)
        told = _CHECKSUM.fullmatch(answer.text)
        if told is None or told[2] != name:
            raise DataError(
                f"{address}: expected a checksum and the name {name}, was {answer.text[:80]!r}"
            )
        return told[1].lower()

    def _save(self, address: str, file: Path, checksum: str) -> bool:
        """Write a file; return False where there is none."""
        digest = hashlib.sha256()
        with self._http.stream("GET", address) as answer, file.open("wb") as target:
            if answer.status_code == _NOT_THERE:
                return False
            self._refuse(answer)
            for chunk in answer.iter_bytes():
                digest.update(chunk)
                target.write(chunk)
                if target.tell() > LARGEST_FILE:
                    raise DataError(f"{address} has more than {LARGEST_FILE:,} bytes")
        if digest.hexdigest() != checksum:
            raise DataError(
                f"{address} is not what its checksum says (expected {checksum[:16]}…, was "
                f"{digest.hexdigest()[:16]}…): nothing of it was kept; try again"
            )
        return True

    def _refuse(self, answer: httpx2.Response) -> None:
        if answer.status_code != httpx2.codes.OK:
            raise ExchangeUnavailableError(f"{self._url} answers with HTTP {answer.status_code}")
