"""Telegram, e-mail, ntfy and a hundred others, through Apprise (extra `notify`)."""

from tradefleet.domain.errors import NotifyError, SettingsError

TITLE = "Tradefleet"


class AppriseNotifier:
    """Keeps `Notifier` for a list of Apprise addresses."""

    name = "apprise"

    def __init__(self, urls: str) -> None:
        """Read the addresses.

        Args:
            urls: separated by spaces. They hold secrets and are never shown.

        Raises:
            SettingsError: Apprise is not installed, or an address means nothing to it.
        """
        try:
            import apprise  # 19 MB: only where it is used
        except ImportError as error:
            raise SettingsError(
                "APPRISE_URLS: expected the extra `notify` (pip install 'tradefleet[notify]')"
            ) from error
        self._channels = apprise.Apprise()
        for number, url in enumerate(urls.split(), 1):
            if not self._channels.add(url):
                raise SettingsError(f"APPRISE_URLS: address {number} is none that Apprise knows")

    def send(self, text: str) -> None:
        """Deliver a text through every address, or raise `NotifyError`."""
        if not self._channels.notify(body=text, title=TITLE):
            raise NotifyError("one of the addresses in APPRISE_URLS did not take the message")
