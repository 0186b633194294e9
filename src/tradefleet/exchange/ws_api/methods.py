"""The methods that only the WebSocket API has: sessions and user data; and who may call one."""

from collections.abc import Callable, Mapping
from typing import Any

from tradefleet.exchange import errors
from tradefleet.exchange.books.accounts import Account
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.parameters import (
    INTEGER,
    SESSION_PARAMETERS,
    SIGNED_PARAMETERS,
    Parameter,
    Parameters,
)
from tradefleet.exchange.signing import account_of, check_age, check_signature, sorted_payload
from tradefleet.exchange.ws_api.message import Message
from tradefleet.exchange.ws_api.session import Session

SESSION_WEIGHT = 2

_SIGNED, _IN_SESSION = Parameters(SIGNED_PARAMETERS), Parameters(SESSION_PARAMETERS)
_WHICH = Parameters((Parameter("subscriptionId", INTEGER),))
_NOTHING = Parameters(())

Values = dict[str, Any]


def identified(
    session: Session,
    message: Message,
    signed: Parameters = _SIGNED,
    in_session: Parameters | None = None,
) -> tuple[Account, Values]:
    """Return who sends a message, by its signature or by the session, and its values.

    Args:
        session: of the connection.
        message: as it came.
        signed: its parameters.
        in_session: its parameters where nothing is signed; None = it must be.

    Raises:
        ApiError: the key, the age or the signature is not right, or a parameter.
    """
    venue, sent = session.venue, message.params
    key = message.sent.get("apiKey")
    owner = session.owner
    is_own = owner is not None and key in (None, owner.credential.key)
    if owner is not None and in_session is not None and is_own and "signature" not in sent:
        values = in_session.read(sent)
        check_age(values, session.arrived(), venue.patience)
        return owner, values
    if key is None:
        raise errors.missing("apiKey")
    owner = account_of(venue.books.accounts, key)
    values = signed.read(sent)
    check_age(values, session.arrived(), venue.patience)
    check_signature(owner.credential, sorted_payload(message.sent), values["signature"])
    return owner, values


def _log_on(session: Session, message: Message) -> Values:
    owner, _ = identified(session, message)
    session.log_on(owner)
    return session.status()


def _log_out(session: Session, message: Message) -> Values:
    _NOTHING.read(message.params)
    session.log_out()
    return session.status()


def _status(session: Session, message: Message) -> Values:
    _NOTHING.read(message.params)
    return session.status()


def _subscriptions(session: Session, message: Message) -> list[Values]:
    _NOTHING.read(message.params)
    return session.subscriptions()


def _subscribe(session: Session, message: Message) -> Values:
    _NOTHING.read(message.params)
    if session.owner is None:
        raise ApiError(-2015, "Invalid API-key, IP, or permissions for action.", status=401)
    return session.subscribe(session.owner, of_session=True)


def _subscribe_signed(session: Session, message: Message) -> Values:
    owner, _ = identified(session, message)
    return session.subscribe(owner)


def _unsubscribe(session: Session, message: Message) -> Values:
    session.unsubscribe(_WHICH.read(message.params).get("subscriptionId"))
    return {}


SESSION_METHODS: Mapping[str, Callable[[Session, Message], Any]] = {
    "session.logon": _log_on,
    "session.logout": _log_out,
    "session.status": _status,
    "session.subscriptions": _subscriptions,
    "userDataStream.subscribe": _subscribe,
    "userDataStream.subscribe.signature": _subscribe_signed,
    "userDataStream.unsubscribe": _unsubscribe,
}
