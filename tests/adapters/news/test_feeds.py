"""Headlines from the CryptoNews API and from files."""

import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tradefleet.adapters.news.coins import coins_in
from tradefleet.adapters.news.cryptonews import CryptoNewsFeed
from tradefleet.adapters.news.headline_file import HeadlineFile
from tradefleet.domain.errors import DataError
from tradefleet.domain.strategy import Headline

NINE = 1_700_038_800_000  # Wed, 15 Nov 2023 09:00 UTC
ARTICLE = {
    "title": "Bitcoin surges",
    "source_name": "Coin Daily",
    "date": "Wed, 15 Nov 2023 04:00:00 -0500",
    "sentiment": "Positive",
    "tickers": ["BTC"],
}


def feed(server: HTTPServer) -> CryptoNewsFeed:
    return CryptoNewsFeed(server.url_for("/"), "my-key")


def test_an_article_becomes_an_unscored_headline(httpserver: HTTPServer) -> None:
    wanted = {"section": "alltickers", "items": "100", "page": "1", "token": "my-key"}
    httpserver.expect_ordered_request("/api/v1/category", query_string=wanted).respond_with_json(
        {"data": [ARTICLE, ARTICLE | {"title": "ETH and Solana fall", "tickers": []}]}
    )

    first, second = feed(httpserver).headlines(0)

    assert first == Headline(NINE, "Bitcoin surges", "Coin Daily", ("BTC",), None)
    assert second.symbols == ("ETH", "SOL")


def test_only_what_is_newer_is_returned(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/v1/category").respond_with_json({"data": [ARTICLE]})

    assert feed(httpserver).headlines(NINE) == ()


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (403, "{}", "403; is the key right"),
        (200, "<html>", "unknown form"),
        (200, "[]", "unknown form"),
        (200, '{"data": [{"title": "no date"}]}', "unknown form"),
        (200, '{"data": [{"title": "x", "source_name": "y", "date": "soon"}]}', "unknown form"),
    ],
)
def test_what_goes_wrong_is_said_without_the_key(
    httpserver: HTTPServer, status: int, body: str, why: str
) -> None:
    httpserver.expect_request("/api/v1/category").respond_with_data(body, status)

    with pytest.raises(DataError, match=why) as error:
        feed(httpserver).headlines(0)

    assert "my-key" not in str(error.value)


def test_an_api_that_is_gone_is_an_error_without_the_key() -> None:
    with pytest.raises(DataError, match="cannot be reached") as error:
        CryptoNewsFeed("http://127.0.0.1:9", "my-key").headlines(0)

    assert "my-key" not in str(error.value)


def test_a_csv_file(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text(
        "published,title,source,symbols\n"
        '2023-11-15T10:00:00,"Dogecoin, up",Wire,DOGE btc\n'
        f"{NINE},Nothing special,,\n"
    )

    first, second = HeadlineFile(path).headlines(0)

    assert first == Headline(NINE, "Nothing special", "file", ())
    assert second == Headline(NINE + 3_600_000, "Dogecoin, up", "Wire", ("BTC", "DOGE"))


def test_a_file_of_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    rows = [
        {"published": NINE, "title": "Solana halts", "symbols": ["SOL"]},
        {"published": "2023-11-15T09:30:00Z", "title": "Cardano grows", "source": "Wire"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n\n")

    assert [h.symbols for h in HeadlineFile(path).headlines(NINE - 1)] == [("SOL",), ("ADA",)]
    assert len(HeadlineFile(path).headlines(NINE)) == 1


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.csv", "title\nno time\n", "record 1: expected published and title"),
        ("a.jsonl", '{"published": "yesterday", "title": "x"}', "record 1"),
        ("a.jsonl", "{oops", "cannot be read"),
        ("a.jsonl", "[1]", "record 1"),
    ],
)
def test_a_file_that_cannot_be_read_names_the_record(
    tmp_path: Path, name: str, text: str, why: str
) -> None:
    (tmp_path / name).write_text(text)

    with pytest.raises(DataError, match=why):
        HeadlineFile(tmp_path / name).headlines(0)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        HeadlineFile(tmp_path / "none.csv").headlines(0)


def test_coins_are_found_by_name_and_by_ticker_in_capitals() -> None:
    assert coins_in("Bitcoin and ETH rise as shiba inu sleeps") == ("BTC", "ETH", "SHIB")
    assert coins_in("A link to the dot on your sol") == ()
