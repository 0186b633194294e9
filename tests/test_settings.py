"""Settings are read from the environment and `.env`, and every mistake is told at once."""

import os
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tradefleet.domain.errors import SettingsError
from tradefleet.domain.strategy import Parameter
from tradefleet.settings import (
    SECRETS,
    Settings,
    forget_secrets,
    load_settings,
    secrets_in_environment,
)
from tradefleet.strategies import BUILT_IN

ROOT = Path(__file__).parents[1]
Write = Callable[[str], None]


@pytest.fixture
def write_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return lambda text: (tmp_path / ".env").write_text(text) and None


@pytest.mark.usefixtures("write_env")
def test_without_any_setting_we_trade_on_paper() -> None:
    settings = load_settings()

    assert settings.trading_mode == "paper"
    assert settings.stop_loss == 2
    assert settings.take_profit == 5


def test_the_environment_wins_over_the_file(
    write_env: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_env("TRADE_AMOUNT=50\nSTOP_LOSS=3\n")
    monkeypatch.setenv("TRADE_AMOUNT", "75")

    settings = load_settings()

    assert (settings.trade_amount, settings.stop_loss) == (Decimal(75), Decimal(3))


def test_every_mistake_is_told_at_once_with_its_mend(
    write_env: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_env("TRADING_MODE=demo\nTAKE_PROFTI=4\nCANDLE_INTERVAL=7m\nTWILIO_TO=+49\n")
    monkeypatch.setenv("TRADEFLEET_HOM", "x")

    with pytest.raises(SettingsError) as refused:
        load_settings()

    text = str(refused.value)
    assert "TRADING_MODE" in text
    assert "did you mean 'TAKE_PROFIT'" in text
    assert "did you mean 'TRADEFLEET_HOME'" in text


@pytest.mark.parametrize(
    "line",
    [
        "CANDLE_INTERVAL=7m",
        "CHECK_INTERVAL=often",
        "TWILIO_TO=+49",
        "TIME_ZONE=Europe/Atlantis",
        "TIME_ZONE=../../etc",
        "QUIET_HOURS=at night",
        "QUIET_HOURS=22",
    ],
)
def test_a_contradiction_is_refused(write_env: Write, line: str) -> None:
    write_env(line)

    with pytest.raises(SettingsError, match=line.split("=")[0]):
        load_settings()


def test_a_night_may_reach_over_midnight(write_env: Write) -> None:
    write_env("QUIET_HOURS=22:00 - 07:30\nTIME_ZONE=Europe/Berlin\n")

    assert load_settings().quiet_minutes == (22 * 60, 7 * 60 + 30)


def test_an_exchange_of_others_needs_a_key(write_env: Write) -> None:
    write_env("TRADING_MODE=testnet")

    with pytest.raises(SettingsError, match="BINANCE_API_KEY"):
        load_settings()


def test_a_secret_is_never_shown(write_env: Write) -> None:
    write_env("BINANCE_API_SECRET=hunter2hunter2\nTRADING_MODE=nowhere")

    with pytest.raises(SettingsError) as refused:
        load_settings()

    assert "hunter2" not in str(refused.value)


def test_the_dashboards_copy_knows_of_secrets_and_holds_none(write_env: Write) -> None:
    write_env("BINANCE_API_SECRET=hunter2hunter2hunter2-9f3c\nOPENAI_API_KEY=short\n")

    copy = load_settings().without_secrets()

    assert copy.binance_api_secret.get_secret_value() == "•••• 9f3c"
    assert copy.openai_api_key.get_secret_value() == "••••"
    assert "binance_api_key" not in copy.model_fields_set
    assert "hunter2" not in repr({k: str(v) for k, v in copy.model_dump().items()})


def test_indicator_settings_become_parameters_where_a_strategy_can_take_them(
    write_env: Write,
) -> None:
    write_env("RSI_PERIOD=10\nRSI_OVERSOLD=55\nMACD_FAST=8\nBOLLINGER_PERIOD=30\n")
    settings = load_settings()

    found = {k: settings.indicator_defaults(s.parameters()) for k, s in BUILT_IN.items()}

    assert found["volatile"] == {
        "rsi_length": 10,
        "rsi_buy": 55.0,
        "macd_fast": 8,
        "band_length": 30,
    }
    assert found["simple_profitable"] == {"rsi_length": 10}
    assert found["ticker_news"] == {"rsi_length": 10}
    assert found["enhanced"] == {"oversold": 55.0, "band_length": 30}


def test_an_indicator_setting_beyond_a_strategys_range_is_left_to_the_strategy(
    write_env: Write,
) -> None:
    write_env("RSI_PERIOD=10\n")
    narrow = {"rsi_length": Parameter(14, minimum=12, maximum=20, help="Candles.")}

    assert load_settings().indicator_defaults(narrow) == {}


def test_env_example_lists_every_setting_and_nothing_else() -> None:
    listed = re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)

    assert listed == [name.upper() for name in Settings.model_fields]
    assert {"binance_api_secret", "openai_api_key", "twilio_auth_token"} <= set(SECRETS)


def test_the_docs_list_every_setting_with_its_meaning() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()

    for name, field in Settings.model_fields.items():
        assert re.search(
            rf"^\| `{name.upper()}` \| .* \| {re.escape(field.description or '?')} \|$", page, re.M
        )


def test_a_process_that_faces_people_forgets_the_secrets_of_the_exchange(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("BINANCE_API_SECRET", "s" * 64)
    monkeypatch.setenv("TRADEFLEET_TOKEN", "t" * 20)
    monkeypatch.setenv("TRADING_MODE", "paper")
    assert secrets_in_environment() == ("BINANCE_API_SECRET",)

    forget_secrets()

    assert secrets_in_environment() == ()
    assert {"TRADEFLEET_TOKEN", "TRADING_MODE"} <= os.environ.keys()
