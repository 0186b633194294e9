"""Signing, by the exchange's own examples."""

import base64
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from tradefleet.adapters.binance.hosts import hosts
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.rest import encode
from tradefleet.domain.errors import SettingsError

# The public example of Binance's documentation.
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"


def test_hmac_signs_the_documented_example() -> None:
    payload = (
        b"symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1"
        b"&recvWindow=5000&timestamp=1499827319559"
    )
    assert (
        Credentials("key", SECRET).sign(payload)
        == "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"
    )


def pem(key: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def test_an_ed25519_key_signs() -> None:
    key = ed25519.Ed25519PrivateKey.generate()

    signature = Credentials("key", pem(key)).sign(b"payload")

    key.public_key().verify(base64.b64decode(signature), b"payload")


def test_an_rsa_key_signs() -> None:
    key = rsa.generate_private_key(65537, 2048)

    signature = Credentials("key", pem(key)).sign(b"payload")

    key.public_key().verify(
        base64.b64decode(signature), b"payload", padding.PKCS1v15(), hashes.SHA256()
    )


def test_a_broken_key_file_is_said_at_once() -> None:
    with pytest.raises(SettingsError, match="PEM"):
        Credentials("key", "-----BEGIN PRIVATE KEY-----\nrubbish\n-----END PRIVATE KEY-----")


def test_credentials_show_no_secret() -> None:
    assert SECRET not in repr(Credentials("abcdefgh", SECRET))
    assert "abcdefgh" not in repr(Credentials("abcdefgh", SECRET))


def test_parameters_are_encoded_before_they_are_signed() -> None:
    assert encode({"symbol": "这", "quantity": Decimal("1E-5"), "many": ["A", "B"]}) == (
        "symbol=%E8%BF%99&quantity=0.00001&many=%5B%22A%22%2C%22B%22%5D"
    )


def test_each_mode_has_three_addresses() -> None:
    assert hosts("paper", "http://127.0.0.1:5002/").streams == "ws://127.0.0.1:5002"
    assert hosts("live").rest == "https://api.binance.com"
    for mode in ("testnet", "binance-demo", "live"):
        assert hosts(mode).ws_api.startswith("wss://")
    with pytest.raises(SettingsError):
        hosts("paper")
    with pytest.raises(SettingsError):
        hosts("futures")
