"""A real `tradefleet exchange` for a session, with accounts of every kind of key."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.skips import ROOT
from tradefleet.settings import Settings

PLENTY = {"USDT": "1000000", "BTC": "20", "ETH": "300", "BNB": "1000", "SOL": "1000"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an exchange listens.

    Attributes:
        address: host and port.
    """

    address: str


@contextmanager
def running_exchange(folder: Path, *arguments: str) -> Iterator[Place]:
    """Run an exchange with a folder of its own, on any free port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tradefleet", "exchange", *arguments, "--port", "0", "--seed", "7"],
        cwd=folder,
        env=environment() | {"PYTHONPATH": str(ROOT / "src"), "TRADEFLEET_HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield _where(process)
    finally:
        process.kill()
        process.communicate()


def environment() -> dict[str, str]:
    """Return this process's environment, less what would configure a Tradefleet."""
    ours = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if name.upper() not in ours}


def _where(process: "subprocess.Popen[str]") -> Place:
    """Read what the exchange says until it says where it listens."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("exchange ("):
            return Place(line.rpartition("//")[2].strip())
    raise AssertionError(f"the exchange did not start: {said}")


def write_place(folder: Path, place: Place, keys: dict[str, Any]) -> Path:
    """Write the file that tells a session where the exchange is and whose keys there are."""
    file = folder / "place.json"
    addresses = {"rest": f"http://{place.address}", "ws": f"ws://{place.address}"}
    file.write_text(json.dumps(addresses | {"accounts": keys}))
    return file


def write_accounts(folder: Path) -> dict[str, Any]:
    """Write an accounts file; return each account's key with what its owner signs with."""
    accounts = [
        {"key": "hmac-key", "secret": "hmac-secret", "balances": PLENTY},
        {"key": "reader-key", "secret": "s", "balances": PLENTY, "permissions": []},
        {"key": "poor-key", "secret": "s", "balances": {"USDT": "1"}},
    ]
    keys = {
        account["key"].removesuffix("-key"): {"key": account["key"], "secret": account["secret"]}
        for account in accounts
    }
    pairs = {"Ed25519": Ed25519PrivateKey.generate(), "RSA": generate_private_key(65_537, 2_048)}
    for kind, private in pairs.items():
        key, file = f"{kind.lower()}-key", folder / f"{kind.lower()}.pem"
        file.write_bytes(_pem(private))
        public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        accounts.append(
            {"key": key, "type": kind, "public_key": public.decode(), "balances": PLENTY}
        )
        keys[kind.lower()] = {"key": key, "private_key": str(file)}
    (folder / "accounts.json").write_text(json.dumps(accounts))
    return keys


def _pem(private: Ed25519PrivateKey | RSAPrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
