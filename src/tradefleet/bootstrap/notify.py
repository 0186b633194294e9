"""The ways by which messages leave, as the settings name them."""

from tradefleet.settings import Settings


def provider_names(settings: Settings) -> tuple[str, ...]:
    """Return the names of the ways that are set up; empty = none."""
    names = ["sms"] if settings.twilio_account_sid else []
    return (*names, "apprise") if settings.apprise_urls.strip() else tuple(names)
