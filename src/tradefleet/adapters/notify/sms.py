"""SMS through Twilio's API, or any gateway that speaks it (Twilio docs, Messages resource)."""

import httpx2

from tradefleet.domain.errors import NotifyError

TIMEOUT_S = 10.0
LONGEST = 1_600  # Twilio refuses longer bodies (error 21617)

# What a repetition cannot mend: wrong account, wrong token, wrong number.
PERMANENT = frozenset({400, 401, 403, 404})


class SmsNotifier:
    """Keeps `Notifier` for one receiver."""

    name = "sms"

    def __init__(self, base_url: str, account_sid: str, token: str, sender: str, to: str) -> None:
        """Prepare.

        Args:
            base_url: address of the gateway, such as `https://api.twilio.com`.
            account_sid: of the account; also the user of basic auth.
            token: its secret.
            sender: number the message comes from, as +491701234567.
            to: the receiver's number.
        """
        self._url = f"{base_url.rstrip('/')}/2010-04-01/Accounts/{account_sid}/Messages.json"
        self._auth = (account_sid, token)
        self._sender = sender
        self._to = to

    def send(self, text: str) -> None:
        """Deliver a text, or raise `NotifyError`."""
        form = {"From": self._sender, "To": self._to, "Body": text[:LONGEST]}
        try:
            answer = httpx2.post(self._url, data=form, auth=self._auth, timeout=TIMEOUT_S)
        except httpx2.HTTPError as error:
            raise NotifyError(f"the SMS gateway does not answer: {error}") from error
        if answer.status_code not in (200, 201):
            raise NotifyError(
                f"the SMS gateway refused: {_reason(answer)}",
                permanent=answer.status_code in PERMANENT,
            )


def _reason(answer: httpx2.Response) -> str:
    """Return the gateway's own words, cut to what fits a line."""
    try:
        told = answer.json()
        words = f"{told['message']} (code {told['code']})"
    except (ValueError, KeyError, TypeError):
        words = answer.text
    return f"{answer.status_code} {words[:200]}"
