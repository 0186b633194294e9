"""Messages into the process's own log: what is left where no other way is set up."""

import logging

_log = logging.getLogger(__name__)


class LogNotifier:
    """Keeps `Notifier`; never fails."""

    name = "log"

    def send(self, text: str) -> None:
        """Write the text down."""
        _log.info("message: %s", text)
