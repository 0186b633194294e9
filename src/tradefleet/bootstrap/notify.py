"""The ways by which messages leave, as the settings name them."""

from tradefleet.adapters.notify.channels import AppriseNotifier
from tradefleet.adapters.notify.log import LogNotifier
from tradefleet.adapters.notify.sms import SmsNotifier
from tradefleet.ports.notices import Notifier
from tradefleet.settings import Settings


def provider_names(settings: Settings) -> tuple[str, ...]:
    """Return the names of the ways that are set up; empty = none."""
    names = ["sms"] if settings.twilio_account_sid else []
    return (*names, "apprise") if settings.apprise_urls.strip() else tuple(names)


def notifiers(settings: Settings) -> tuple[Notifier, ...]:
    """Return the ways that are set up; where there is none, messages go into the hub's log.

    Raises:
        SettingsError: APPRISE_URLS cannot be used.
    """
    ways: list[Notifier] = []
    if settings.twilio_account_sid:
        sms = SmsNotifier(
            settings.twilio_base_url,
            settings.twilio_account_sid,
            settings.twilio_auth_token.get_secret_value(),
            settings.twilio_from,
            settings.twilio_to,
        )
        ways.append(sms)
    if settings.apprise_urls.strip():
        ways.append(AppriseNotifier(settings.apprise_urls))
    return tuple(ways) or (LogNotifier(),)
