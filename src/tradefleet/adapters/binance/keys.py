"""API keys: HMAC secrets, and RSA or Ed25519 private keys."""

import base64
import hashlib
import hmac
from collections.abc import Callable

from tradefleet.domain.errors import SettingsError

Sign = Callable[[bytes], str]


class Credentials:
    """A key and the means to sign with it; shows neither when printed."""

    def __init__(self, key: str, secret: str) -> None:
        """Prepare for signing.

        Args:
            key: what the exchange knows us by.
            secret: an HMAC secret, or an RSA or Ed25519 private key in PEM (PKCS#8, no password).

        Raises:
            SettingsError: the secret is PEM that cannot be used.
        """
        self.key = key
        self.sign: Sign = _pem_signer(secret) if "-----BEGIN" in secret else _hmac_signer(secret)

    @property
    def mark(self) -> str:
        """What the key is known by where the key itself must not stand."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:12]

    def __repr__(self) -> str:
        return f"Credentials({self.key[:4]}…)"


def _hmac_signer(secret: str) -> Sign:
    shared = secret.encode()
    return lambda payload: hmac.new(shared, payload, hashlib.sha256).hexdigest()


def _pem_signer(pem: str) -> Sign:
    # Imported here: bots with an HMAC secret do without the 10 MB.
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise SettingsError(
            f"BINANCE_API_SECRET: expected a private key in PEM without password: {error}"
        ) from None
    if isinstance(key, Ed25519PrivateKey):
        edwards = key
        return lambda payload: base64.b64encode(edwards.sign(payload)).decode()
    if isinstance(key, RSAPrivateKey):
        rsa = key
        return lambda payload: base64.b64encode(
            rsa.sign(payload, padding.PKCS1v15(), hashes.SHA256())
        ).decode()
    raise SettingsError(
        f"BINANCE_API_SECRET: expected an RSA or Ed25519 key, was {type(key).__name__}"
    )
