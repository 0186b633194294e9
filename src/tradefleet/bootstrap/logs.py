"""What the processes log, without the secrets they know: whoever logs them, however it happens."""

import logging
import re
from collections.abc import Iterable

from tradefleet.bootstrap.installation import Installation
from tradefleet.settings import SECRETS, Settings

FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
SHORTEST = 6  # characters; what is shorter is no secret, and is part of other words


class Redacting(logging.Formatter):
    """Writes dots in the place of secrets."""

    def __init__(self, form: str, secrets: Iterable[str]) -> None:
        super().__init__(form)
        found = sorted({s for s in secrets if len(s) >= SHORTEST}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, found)) or "(?!)")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, its trace included."""
        return self._secrets.sub("••••", super().format(record))


def set_up_logs(made: Installation, form: str = FORM, also: Iterable[str] = ()) -> None:
    """Let this process log to its standard error.

    Args:
        made: whose settings are in force.
        form: of a line.
        also: secrets that are not in the settings.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(Redacting(form, [*secrets_of(made.settings), *also]))
    logging.basicConfig(level=made.settings.tradefleet_log_level, handlers=[handler])


def secrets_of(settings: Settings) -> list[str]:
    """Return every secret the settings hold, addresses that carry one included."""
    found = [getattr(settings, name).get_secret_value() for name in SECRETS]
    return [*found, settings.database_url, settings.redis_url, *settings.apprise_urls.split()]
