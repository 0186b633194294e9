"""No log of a process holds a secret, whoever writes it."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from tradefleet.bootstrap.logs import FORM, Redacting, secrets_of
from tradefleet.settings import Settings

KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SETTINGS = Settings(
    _env_file=None,
    trading_mode="testnet",
    binance_api_key=KEY,
    binance_api_secret="a+secret(with.signs)",
    twilio_auth_token="short",
    apprise_urls="tgram://123456789:token/chat mailto://me:pass@example.org",
    database_url="postgresql://me:word@db/fleet",
)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Redacting(FORM, secrets_of(SETTINGS)))
    log = logging.getLogger("a.library.that.talks")
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    log.propagate = False
    yield stream
    log.removeHandler(handler)


def test_a_secret_becomes_dots_in_a_line_and_in_a_trace(written: io.StringIO) -> None:
    log = logging.getLogger("a.library.that.talks")

    log.debug('> TEXT {"apiKey": "%s"}', KEY)
    log.info("notifying %s", SETTINGS.apprise_urls)
    try:
        raise OSError("cannot reach postgresql://me:word@db/fleet with a+secret(with.signs)")
    except OSError:
        log.exception("the store")

    text = written.getvalue()
    for secret in (KEY, "a+secret", "123456789:token", "me:pass", "me:word"):
        assert secret not in text
    assert '> TEXT {"apiKey": "••••"}' in text
    assert "the store" in text


def test_without_secrets_nothing_is_dotted() -> None:
    record = logging.makeLogRecord({"msg": "all is well"})

    assert Redacting("%(message)s", ["", "short"]).format(record) == "all is well"


def test_the_settings_page_of_a_dashboard_needs_no_secret(tmp_path: Path) -> None:
    bare = SETTINGS.without_secrets()

    assert KEY not in "".join(secrets_of(bare))
