"""Which key an installation trades with."""

from pathlib import Path

import pytest

from tradefleet.adapters.data_folder import DataFolder
from tradefleet.bootstrap.credentials import credentials
from tradefleet.domain.errors import SettingsError
from tradefleet.settings import Settings


def test_a_key_file_that_cannot_be_read_is_said_with_its_setting(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None,
        trading_mode="testnet",
        binance_api_key="k",
        binance_private_key_file=tmp_path,  # a folder
    )

    with pytest.raises(SettingsError, match="BINANCE_PRIVATE_KEY_FILE"):
        credentials(settings, DataFolder(tmp_path))
