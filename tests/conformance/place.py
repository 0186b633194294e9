"""A real `tradefleet exchange` for a session, with accounts of every kind of key."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
PATIENCE_S = 20.0


@contextmanager
def running_exchange(folder: Path) -> Iterator[Path]:
    """Run an exchange and give the file that says where it is and whose keys there are."""
    keys = write_accounts(folder)
    process = subprocess.Popen(
        [sys.executable, "-m", "tradefleet", "exchange", "--port", "0", "--seed", "7"]
        + ["--accounts", str(folder / "accounts.json")],
        cwd=folder,
        env=environment() | {"PYTHONPATH": str(ROOT / "src"), "TRADEFLEET_HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        place = folder / "place.json"
        place.write_text(json.dumps(_where(process) | {"accounts": keys}))
        yield place
    finally:
        process.kill()
        process.communicate()


def environment() -> dict[str, str]:
    """Return this process's environment, less what would configure a Tradefleet."""
    ours = {name.upper() for name in Settings.model_fields}
    return {name: value for name, value in os.environ.items() if name.upper() not in ours}


def _where(process: "subprocess.Popen[str]") -> dict[str, str]:
    """Read what the exchange says until it says where it listens."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("exchange ("):
            port = line.rpartition(":")[2].strip()
            return {"rest": f"http://127.0.0.1:{port}", "ws": f"ws://127.0.0.1:{port}"}
    raise AssertionError(f"the exchange did not start: {said}")


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
