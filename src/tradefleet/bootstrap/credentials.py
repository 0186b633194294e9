"""Which key this installation trades with."""

from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.data_folder import DataFolder
from tradefleet.domain.errors import SettingsError
from tradefleet.settings import Settings


def credentials(settings: Settings, folder: DataFolder) -> Credentials:
    """Return the key of the running mode; on paper the account's own, made once.

    Raises:
        SettingsError: the private key's file cannot be used.
    """
    if settings.trading_mode == "paper":
        return Credentials(*folder.paper_account())
    key = settings.binance_api_key.get_secret_value()
    if (file := settings.binance_private_key_file) is not None:
        try:
            return Credentials(key, file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"BINANCE_PRIVATE_KEY_FILE: expected a PEM file you may read, was {file}: {error}"
            ) from None
    return Credentials(key, settings.binance_api_secret.get_secret_value())
