"""Who sends a request: keys, signatures and the age of what was signed.

HMAC-SHA256 in hex (either case), RSA (PKCS#1 v1.5, SHA-256) and Ed25519 in base64, over the bytes
as they were sent. Source: Binance spot docs, rest-api.md "Request security".
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tradefleet.domain.errors import InputError
from tradefleet.exchange.books.accounts import Account, Accounts, Credential
from tradefleet.exchange.errors import ApiError
from tradefleet.exchange.parameters import MICROSECONDS_FROM

KINDS = ("HMAC", "RSA", "Ed25519")
DEFAULT_WINDOW, LONGEST_WINDOW = Decimal(5_000), Decimal(60_000)  # milliseconds
_AHEAD = 1_000  # milliseconds a timestamp may be in the future
_KEY = re.compile(r"^[A-Za-z0-9_-]{1,128}$")


def account_of(accounts: Accounts, key: str | None) -> Account:
    """Return the account of an API key, or refuse with -2014 or -2015."""
    account = None if key is None else accounts.by_key(key)
    if account is None:
        if key is None or not _KEY.match(key):
            raise ApiError(-2014, "API-key format invalid.", status=401)
        raise ApiError(-2015, "Invalid API-key, IP, or permissions for action.", status=401)
    return account


def check_age(values: Mapping[str, Any], now: int, patience: int) -> None:
    """Refuse a request that is too old, or from the future (-1021).

    Args:
        values: `timestamp`, and `recvWindow` if it was sent.
        now: the exchange's time.
        patience: how much faster than real time the exchange's clock runs; windows grow with it.
    """
    window = values.get("recvWindow", DEFAULT_WINDOW)
    if window > LONGEST_WINDOW:
        raise ApiError(-1131, "recvWindow must be less than 60000.")
    timestamp = values["timestamp"]
    if timestamp >= MICROSECONDS_FROM:
        timestamp = Decimal(timestamp) / 1_000
    if timestamp >= now + _AHEAD * patience:
        raise ApiError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now - timestamp > window * patience:
        raise ApiError(-1021, "Timestamp for this request is outside of the recvWindow.")


def check_signature(credential: Credential, payload: bytes, signature: str) -> None:
    """Refuse a payload that the owner of the key did not sign (-1022)."""
    if not _is_signed(credential, payload, signature):
        raise ApiError(-1022, "Signature for this request is not valid.")


def check_credential(credential: Credential) -> None:
    """Refuse a key that could never sign anything.

    Raises:
        InputError: wrong type, malformed key, or a public key that is none of that type.
    """
    if credential.kind not in KINDS:
        raise InputError(
            f"expected a key type ({', '.join(KINDS)}), was {credential.kind!r}", field="type"
        )
    if not _KEY.match(credential.key):
        raise InputError(
            f"expected an API key of letters and digits, was {credential.key!r}", field="key"
        )
    if not credential.secret:
        raise InputError("expected a secret or public key, was nothing", field="secret")
    if credential.kind == "HMAC":
        return
    wanted = RSAPublicKey if credential.kind == "RSA" else Ed25519PublicKey
    try:
        key = _public_key(credential.secret)
    except ValueError as error:
        raise InputError(f"the public key cannot be read: {error}", field="public_key") from None
    if not isinstance(key, wanted):
        raise InputError(f"the public key is not of type {credential.kind}", field="public_key")


def without_signature(raw: bytes) -> bytes:
    """Return a query or form as sent, less its signature."""
    before, found, after = raw.partition(b"&signature=")  # nearly always the last one
    if found and b"&" not in after and not before.startswith(b"signature="):
        return before
    if b"signature=" not in raw:
        return raw
    return b"&".join(part for part in raw.split(b"&") if not part.startswith(b"signature="))


def sorted_payload(values: Mapping[str, str]) -> bytes:
    """Return what is signed on the WebSocket API: all parameters by name, not encoded."""
    pairs = sorted((name, text) for name, text in values.items() if name != "signature")
    return "&".join(f"{name}={text}" for name, text in pairs).encode()


def _is_signed(credential: Credential, payload: bytes, signature: str) -> bool:
    if credential.kind == "HMAC":
        digest = hmac.digest(credential.secret.encode(), payload, "sha256").hex()
        return hmac.compare_digest(digest, signature.lower())
    key = _public_key(credential.secret)
    try:
        raw = base64.b64decode(signature, validate=True)
        if isinstance(key, RSAPublicKey):
            key.verify(raw, payload, PKCS1v15(), SHA256())
        elif isinstance(key, Ed25519PublicKey):
            key.verify(raw, payload)
    except (binascii.Error, InvalidSignature):
        return False
    return isinstance(key, RSAPublicKey | Ed25519PublicKey)


@lru_cache(maxsize=256)
def _public_key(pem: str) -> object:
    return load_pem_public_key(pem.encode())
