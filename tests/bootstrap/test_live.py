"""Real money goes to Binance and nowhere else, with a key that is there."""

from pathlib import Path

import pytest

from tradefleet.adapters.binance.hosts import HOSTS, hosts
from tradefleet.domain.errors import SettingsError
from tradefleet.settings import Settings, load_settings


def test_C6_no_setting_sends_real_orders_to_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BINANCE_BASE_URL", "BINANCE_API_URL", "BINANCE_URL", "PAPER_URL"):
        monkeypatch.setenv(name, "http://evil.example")

    assert hosts("live", paper_url="http://evil.example") == HOSTS["live"]
    assert hosts("live").rest == "https://api.binance.com"
    texts = " ".join(Settings.model_fields)
    assert not [word for word in ("binance_url", "base_url_binance", "rest_url") if word in texts]


@pytest.mark.parametrize("key", ["", "k" * 64])
def test_C1_live_without_a_key_or_its_secret_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("TRADING_MODE", "live")
    monkeypatch.setenv("BINANCE_API_KEY", key)
    monkeypatch.delenv("BINANCE_API_SECRET", raising=False)

    with pytest.raises(SettingsError) as refused:
        load_settings(_env_file=None)

    told = [line for line in str(refused.value).splitlines() if line.startswith("  - ")]
    assert len(told) == 1
    assert ("BINANCE_API_SECRET" if key else "BINANCE_API_KEY") in told[0]
    assert "k" * 8 not in str(refused.value)


def test_C1_paper_needs_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BINANCE_API_KEY", raising=False)
    assert load_settings(_env_file=None).trading_mode == "paper"


@pytest.mark.parametrize("name", ["BINANCE_API_KEY", "BINANCE_API_SECRET"])
@pytest.mark.parametrize("form", ["{}\n", " {}", "{} {}", '"{}"', "“{}”", "{}\x00"], ids=ascii)
def test_C2_a_badly_copied_key_is_refused_and_never_repeated(name: str, form: str) -> None:
    good = "k" * 64
    typed = {"BINANCE_API_KEY": good, "BINANCE_API_SECRET": good} | {name: form.format(good, good)}
    settings = {key.lower(): value for key, value in typed.items()}

    with pytest.raises(SettingsError) as refused:
        load_settings(_env_file=None, trading_mode="live", **settings)

    told = [line for line in str(refused.value).splitlines() if line.startswith("  - ")]
    assert [name in line for line in told] == [True]
    assert "copy it again" in told[0]
    assert "kkkk" not in str(refused.value)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
@pytest.mark.parametrize("which", ["env", "pem"])
def test_S12_real_money_is_refused_while_others_may_read_its_keys(
    tmp_path: Path, mode: int, which: str
) -> None:
    files = {"env": tmp_path / "env", "pem": tmp_path / "pem"}
    good = {"binance_api_key": "k" * 64, "binance_private_key_file": files["pem"]}
    for file in files.values():
        file.touch(mode=0o600)
    open_to_others = files[which]
    open_to_others.chmod(mode)

    with pytest.raises(SettingsError, match=f"chmod 600 {open_to_others}"):
        load_settings(_env_file=files["env"], trading_mode="live", **good)
    assert load_settings(_env_file=files["env"], trading_mode="testnet", **good)

    open_to_others.chmod(0o600)
    assert load_settings(_env_file=files["env"], trading_mode="live", **good)
