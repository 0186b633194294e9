"""Binance's public dumps, as a server of their layout gives them."""

import hashlib
import io
import zipfile

import pytest
from pytest_httpserver import HTTPServer

from tradefleet.adapters.candles.dumps import PublicDumps
from tradefleet.domain.errors import DataError, ExchangeUnavailableError

START = 1_704_067_200_000  # 2024-01-01
MONTH = "/data/spot/monthly/klines/BTCUSDT/1h/BTCUSDT-1h-2024-01.zip"
DAY = "/data/spot/daily/klines/BTCUSDT/1h/BTCUSDT-1h-2024-01-02.zip"


def dump(name: str, count: int = 5, unit: int = 1) -> bytes:
    rows = [
        f"{(START + n * 3_600_000) * unit},10.10,10.30,10.00,10.20,5.5,"
        f"{(START + (n + 1) * 3_600_000) * unit - 1},55.5,17,2.5,25.5,0"
        for n in range(count)
    ]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name.replace(".zip", ".csv"), "\n".join(rows) + "\n")
    return packed.getvalue()


def serve(server: HTTPServer, path: str, content: bytes, checksum: str = "") -> None:
    name = path.rpartition("/")[2]
    told = checksum or f"{hashlib.sha256(content).hexdigest()}  {name}\n"
    server.expect_request(path).respond_with_data(content)
    server.expect_request(f"{path}.CHECKSUM").respond_with_data(told)


@pytest.mark.parametrize("unit", [1, 1_000], ids=["milliseconds", "microseconds"])
@pytest.mark.parametrize(("path", "period"), [(MONTH, "2024-01"), (DAY, "2024-01-02")])
def test_a_dump_is_fetched_and_its_checksum_looked_at(
    httpserver: HTTPServer, path: str, period: str, unit: int
):
    serve(httpserver, path, dump(path.rpartition("/")[2], unit=unit))

    found = PublicDumps(httpserver.url_for("/")).fetch("BTCUSDT", "1h", period)

    assert found is not None
    assert found.candles.open_time.tolist() == [START + n * 3_600_000 for n in range(5)]
    assert found.trades is not None
    assert found.trades.tolist() == [17] * 5


def test_a_dump_there_is_none_of_is_none(httpserver: HTTPServer):
    httpserver.expect_request(f"{MONTH}.CHECKSUM").respond_with_data("no such key", 404)
    assert PublicDumps(httpserver.url_for("/")).fetch("BTCUSDT", "1h", "2024-01") is None

    httpserver.clear()
    told = f"{'0' * 64}  BTCUSDT-1h-2024-01.zip"
    httpserver.expect_request(f"{MONTH}.CHECKSUM").respond_with_data(told)
    httpserver.expect_request(MONTH).respond_with_data("no such key", 404)
    assert PublicDumps(httpserver.url_for("/")).fetch("BTCUSDT", "1h", "2024-01") is None


@pytest.mark.parametrize(
    ("checksum", "says"),
    [
        (f"{'0' * 64}  BTCUSDT-1h-2024-01.zip", "is not what its checksum says"),
        (f"{'0' * 64}  ETHUSDT-1h-2024-01.zip", "expected a checksum and the name"),
        ("<html>", "expected a checksum and the name"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(
    httpserver: HTTPServer, checksum: str, says: str
):
    serve(httpserver, MONTH, dump("BTCUSDT-1h-2024-01.zip"), checksum)

    with pytest.raises(DataError, match=says):
        PublicDumps(httpserver.url_for("/")).fetch("BTCUSDT", "1h", "2024-01")


def test_a_file_whose_candles_cannot_be_true_is_refused(httpserver: HTTPServer):
    serve(httpserver, MONTH, b"no archive")

    with pytest.raises(DataError, match="no zip archive"):
        PublicDumps(httpserver.url_for("/")).fetch("BTCUSDT", "1h", "2024-01")


def test_who_does_not_answer_is_unavailable(httpserver: HTTPServer):
    httpserver.expect_request(f"{MONTH}.CHECKSUM").respond_with_data("", 503)

    with pytest.raises(ExchangeUnavailableError, match="answers with HTTP 503"):
        PublicDumps(httpserver.url_for("/")).fetch("BTCUSDT", "1h", "2024-01")
    with pytest.raises(ExchangeUnavailableError, match="does not answer"):
        PublicDumps("http://127.0.0.1:1").fetch("BTCUSDT", "1h", "2024-01")
