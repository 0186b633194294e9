"""Settings: the environment and the `.env` file as one frozen, checked object.

Precedence: environment, then `.env` in the working folder, then the default. Every key stands in
`.env.example`. Values under *trading*, *indicators* and *risk* are defaults for new bots; a bot's
own settings are the truth. Wrong and unknown keys are reported all at once, with the mend.
"""

import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tradefleet.domain.bot import Sizing
from tradefleet.domain.candle import INTERVALS, duration_ms
from tradefleet.domain.errors import InputError, SettingsError
from tradefleet.domain.strategy import Parameter, unknown_name

Mode = Literal["paper", "testnet", "binance-demo", "live"]
LauncherName = Literal["auto", "screen", "host", "process"]

# Names of ours that belong to the test suite and to child processes, not to the person.
NOT_SETTINGS = {"TRADEFLEET_NO_SKIPS", "TRADEFLEET_SHARED"}

_EMPTY = SecretStr("")


def _plain(value: object) -> object:
    """Refuse digits of other scripts, exponents and signs where a number is meant."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{1,13}(\.[0-9]{1,8})?", value):
        raise ValueError("expected a number such as 100 or 2.5")
    return value


Number = Annotated[Decimal, BeforeValidator(_plain)]
DOTS = "••••"
SHOWS_ITS_END = 20  # characters a secret must have


class Settings(BaseSettings):
    """Everything a person can set; the description of each field is its line in the docs."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        extra="forbid",
        frozen=True,
        env_ignore_empty=True,
    )

    # --- system
    trading_mode: Mode = Field(
        "paper",
        description="Where orders go: paper (built-in exchange), testnet, binance-demo, live.",
    )
    tradefleet_home: Path = Field(Path("data"), description="Data folder of this installation.")
    database_url: str = Field(
        "", description="PostgreSQL address; empty = SQLite in the data folder."
    )
    redis_url: str = Field("", description="Redis address for several dashboards; unused so far.")
    launcher: LauncherName = Field(
        "auto", description="How bots get a process: auto, screen, host or process."
    )
    tradefleet_token: SecretStr = Field(
        _EMPTY, description="Token that opens the dashboard; empty = one is made once and kept."
    )
    tradefleet_password: SecretStr = Field(
        _EMPTY, description="Password that opens the dashboard beside the token."
    )
    tradefleet_log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="How much the processes write into their logs."
    )

    # --- the paper exchange
    paper_market: str = Field(
        "",
        description="live, synthetic, or a file of recorded candles; empty = chosen at the start.",
    )
    paper_seed: int = Field(1, ge=0, description="Seed of the synthetic market.")
    paper_balance: Number = Field(
        Decimal(10_000), gt=0, description="USDT a new paper account starts with."
    )

    # --- candles of the past
    binance_dumps_url: str = Field(
        "https://data.binance.vision", description="Address of Binance's public dumps of candles."
    )
    binance_data_url: str = Field(
        "https://data-api.binance.vision",
        description="Where candles are asked for that are in no dump yet; needs no key.",
    )
    tape_days: int = Field(
        365,
        ge=0,
        le=36_500,
        description="Days for which the candles of running bots are kept; 0 = not at all.",
    )

    # --- API credentials
    binance_api_key: SecretStr = Field(_EMPTY, description="Key of testnet, demo or Binance.")
    binance_api_secret: SecretStr = Field(_EMPTY, description="Its secret (HMAC keys).")
    binance_private_key_file: Path | None = Field(
        None, description="PEM file of an Ed25519 or RSA key, instead of a secret."
    )
    openai_api_key: SecretStr = Field(_EMPTY, description="Scores headlines, where set.")
    openai_base_url: str = Field("", description="Another OpenAI-compatible endpoint.")
    openai_model: str = Field("gpt-5-mini", description="Model that scores headlines.")
    cryptonews_api_key: SecretStr = Field(_EMPTY, description="Fetches headlines, where set.")
    cryptonews_base_url: str = Field(
        "https://cryptonews-api.com", description="Address of the CryptoNews API."
    )
    news_file: Path | None = Field(
        None, description="Headlines from a CSV, JSON-lines or Parquet file instead."
    )

    # --- trading: defaults for new bots
    default_symbol: str = Field("BTCUSDT", description="Symbol the create form starts with.")
    trade_amount: Number = Field(Decimal(100), gt=0, description="Quote of a bot's first buy.")
    candle_interval: str = Field("5m", description="Length of a candle.")
    check_interval: str = Field("15m", description="How often a bot evaluates.")
    sizing: Sizing = Field(Sizing.COMPOUND, description="compound or fixed.")

    # --- indicators: defaults for new bots whose strategy has such a parameter
    rsi_period: int | None = Field(None, ge=2, le=28, description="Length of the RSI.")
    rsi_oversold: float | None = Field(None, ge=1, le=60, description="RSI that counts as cheap.")
    rsi_overbought: float | None = Field(None, ge=40, le=99, description="RSI that counts as dear.")
    macd_fast: int | None = Field(None, ge=2, le=20, description="Fast EMA of the MACD.")
    macd_slow: int | None = Field(None, ge=3, le=45, description="Slow EMA of the MACD.")
    macd_signal: int | None = Field(None, ge=2, le=20, description="Signal line of the MACD.")
    bollinger_period: int | None = Field(None, ge=5, le=200, description="Length of the bands.")
    bollinger_width: float | None = Field(
        None, ge=0.5, le=4, description="Width of the bands, in standard deviations."
    )

    # --- risk: defaults for new bots
    stop_loss: Number = Field(
        Decimal(2), ge=0, lt=100, description="Percent below the entry; 0 = off."
    )
    take_profit: Number = Field(
        Decimal(5), ge=0, le=1000, description="Percent above the entry; 0 = off."
    )
    price_cap: Number = Field(
        Decimal("0.3"),
        ge=0,
        lt=5,
        description="Percent above the newest price that an entry with its exits in one request "
        "may pay; 0 = buy at market, then protect.",
    )
    trailing_stop: Number = Field(
        Decimal(0), ge=0, lt=100, description="Percent below the highest price; 0 = off."
    )
    break_even: Number = Field(
        Decimal(0),
        ge=0,
        le=1000,
        description="Percent of gain that moves the stop to where the trade costs nothing; "
        "0 = off.",
    )
    bot_side_stop: bool = Field(
        False, description="Also buy where only the bot itself can watch the stop."
    )

    # --- risk: the whole fleet
    daily_loss_limit: Number = Field(
        Decimal(0),
        ge=0,
        description="USDT all bots together may lose a day (UTC) before entries pause; 0 = off.",
    )

    # --- messages
    twilio_account_sid: str = Field("", description="SMS account (Twilio or a compatible gateway).")
    twilio_auth_token: SecretStr = Field(_EMPTY, description="Its token.")
    twilio_from: str = Field("", description="Sender's number, as +491701234567.")
    twilio_to: str = Field("", description="Your number.")
    twilio_base_url: str = Field("https://api.twilio.com", description="Address of the gateway.")
    apprise_urls: str = Field(
        "", description="Other channels (Telegram, e-mail, ntfy …), separated by spaces."
    )
    notify_trades: bool = Field(False, description="Also send a message for each trade.")
    summary_hours: int = Field(6, ge=0, le=168, description="Hours between summaries; 0 = none.")
    time_zone: str = Field("UTC", description="Yours, as Europe/Berlin: for summaries and nights.")
    quiet_hours: str = Field(
        "", description="Night without summaries and trade messages, as 22:00-07:00; alarms come."
    )

    @property
    def home(self) -> Path:
        """The data folder, absolute."""
        return self.tradefleet_home.expanduser().absolute()

    @property
    def zone(self) -> ZoneInfo:
        """The person's time zone; `ValueError` or `KeyError` if there is none of the name."""
        return ZoneInfo(self.time_zone)

    @property
    def quiet_minutes(self) -> tuple[int, int]:
        """First and last minute of the night; `ValueError` if it is none."""
        begin, _, end = (self.quiet_hours or "00:00-00:00").partition("-")
        times = [time.fromisoformat(text.strip()) for text in (begin, end)]
        return times[0].hour * 60 + times[0].minute, times[1].hour * 60 + times[1].minute

    def without_secrets(self) -> "Settings":
        """Return a copy that only tells which secrets there are, but for the dashboard's own."""
        masked = {
            name: SecretStr(mask(getattr(self, name).get_secret_value()))
            for name in SECRETS
            if not name.startswith("tradefleet_") and getattr(self, name)
        }
        return self.model_copy(update=masked)

    def indicator_defaults(self, known: Mapping[str, Parameter[Any]]) -> dict[str, int | float]:
        """Return the indicator settings a person gave, for those parameters that can take them."""
        found = {}
        for setting, names in INDICATORS.items():
            value = getattr(self, setting)
            for name in known.keys() & {setting, *names} if value is not None else ():
                with suppress(InputError):  # a strategy's own range is narrower
                    found[name] = known[name].check(value)
        return found


def mask(secret: str) -> str:
    """Return dots and the last four characters, by which a person knows a long secret again."""
    return f"{DOTS} {secret[-4:]}" if len(secret) >= SHOWS_ITS_END else DOTS


# What the strategies call the parameters the indicator settings are about.
INDICATORS: Mapping[str, tuple[str, ...]] = {
    "rsi_period": ("rsi_length",),
    "rsi_oversold": ("rsi_buy", "oversold"),
    "rsi_overbought": ("rsi_sell", "overbought"),
    "macd_fast": (),
    "macd_slow": (),
    "macd_signal": (),
    "bollinger_period": ("band_length",),
    "bollinger_width": ("band_width",),
}
SECRETS = tuple(
    name for name, field in Settings.model_fields.items() if field.annotation is SecretStr
)


def load_settings(**overrides: Any) -> Settings:
    """Return the settings of this process.

    Raises:
        SettingsError: every wrong or unknown key at once, each with what was expected.
    """
    problems = _unknown_in(os.environ)
    settings = None
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        problems += [_explain(dict(detail)) for detail in error.errors()]
    except UnicodeDecodeError:
        problems.append(".env: expected UTF-8 text")
    if settings is not None:
        problems += _contradictions(settings)
        if settings.trading_mode == "live":
            env_file = overrides.get("_env_file", ".env")
            problems += _open_to_others(env_file, settings.binance_private_key_file)
    if problems or settings is None:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise SettingsError(
            f"the settings cannot be used:\n{lines}\nSee .env.example for every key."
        )
    return settings


def secrets_in_environment() -> tuple[str, ...]:
    """Return the names of the environment's variables that hold secrets of the exchange."""
    wanted = {name for name in SECRETS if not name.startswith("tradefleet_")}
    return tuple(name for name in os.environ if name.lower() in wanted)


def forget_secrets() -> None:
    """Take them out of this process, which faces people; what trades was started with them."""
    for name in secrets_in_environment():
        del os.environ[name]


def _unknown_in(environment: Mapping[str, str]) -> list[str]:
    known = {name.upper() for name in Settings.model_fields} | NOT_SETTINGS
    ours = [key for key in environment if key.startswith("TRADEFLEET_") and key not in known]
    return [f"{unknown_name('setting', key, sorted(known))}" for key in sorted(ours)]


def _explain(detail: dict[str, Any]) -> str:
    name = str(detail["loc"][0]).upper() if detail["loc"] else "settings"
    if detail["type"] == "extra_forbidden":
        known = [field.upper() for field in Settings.model_fields]
        return f"{unknown_name('setting', name, known)} (in .env)"
    shown = "" if name.lower() in SECRETS else f", was {detail['input']!r}"
    return f"{name}: {detail['msg'][0].lower()}{detail['msg'][1:]}{shown}"


def _contradictions(settings: Settings) -> list[str]:
    found: list[str] = []
    if settings.candle_interval not in INTERVALS:
        found.append(
            f"CANDLE_INTERVAL: expected one of {', '.join(INTERVALS)}, "
            f"was {settings.candle_interval!r}"
        )
    try:
        duration_ms(settings.check_interval)
    except InputError as error:
        found.append(f"CHECK_INTERVAL: {error}")
    try:
        settings.zone  # noqa: B018 - it is looked up
    except (ValueError, KeyError, OSError):
        found.append(
            f"TIME_ZONE: expected a name such as Europe/Berlin, was {settings.time_zone!r}"
        )
    try:
        settings.quiet_minutes  # noqa: B018
    except ValueError:
        found.append(
            f"QUIET_HOURS: expected hours such as 22:00-07:00, was {settings.quiet_hours!r}"
        )
    if settings.trading_mode != "paper":
        found += _missing_keys(settings)
    sms = [settings.twilio_account_sid, settings.twilio_from, settings.twilio_to]
    if any(sms) and not (all(sms) and settings.twilio_auth_token.get_secret_value()):
        found.append(
            "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_FROM, TWILIO_TO: expected all or none"
        )
    return found


def _missing_keys(settings: Settings) -> list[str]:
    key, secret = settings.binance_api_key, settings.binance_api_secret
    if not key.get_secret_value():
        return [f"BINANCE_API_KEY: expected a key, because TRADING_MODE is {settings.trading_mode}"]
    found = _badly_copied("BINANCE_API_KEY", key.get_secret_value())
    file = settings.binance_private_key_file
    if file is not None:
        found += [] if file.is_file() else [f"BINANCE_PRIVATE_KEY_FILE: no such file: {file}"]
    elif not secret.get_secret_value():
        found.append("BINANCE_API_SECRET: expected a secret (or BINANCE_PRIVATE_KEY_FILE)")
    else:
        found += _badly_copied("BINANCE_API_SECRET", secret.get_secret_value())
    return found


def _open_to_others(*files: str | Path | None) -> list[str]:
    """Return which files of keys to real money others on this machine may read."""
    found = []
    for file in files:
        path = Path(file) if file else None
        if path is None or not path.is_file():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            found.append(
                f"{path}: others on this machine may read it (mode {mode:04o}), and it may hold "
                f"the keys to real money; run: chmod 600 {path}"
            )
    return found


def _badly_copied(name: str, text: str) -> list[str]:
    """Return what is wrong with a key that no exchange gave out; it is not repeated."""
    if "-----BEGIN" in text:  # a private key has lines
        return []
    if text.isascii() and text.isprintable() and not set(text) & set(" \"'`"):
        return []
    return [
        f"{name}: expected letters and digits only; there is a space, a quote or a line break in "
        "it, copy it again"
    ]
