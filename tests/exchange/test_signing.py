"""Who may speak: signatures of all key types, and the age of a request."""

import base64
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.exchange.desk import KEY, LIMIT, SECRET, Desk, sign
from tradefleet.domain.errors import InputError
from tradefleet.exchange.books.accounts import Credential
from tradefleet.exchange.signing import check_credential, check_signature, sorted_payload

# The public example key of Binance's documents.
DOC_SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"


def test_the_rest_vector_of_the_documents():
    payload = (
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000"
        "&timestamp=1499827319559"
    )
    signature = "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"

    check_signature(Credential("k", "HMAC", DOC_SECRET), payload.encode(), signature)
    check_signature(Credential("k", "HMAC", DOC_SECRET), payload.encode(), signature.upper())


def test_the_websocket_vector_of_the_documents():
    params = {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.01000000",
        "price": "52000.00",
        "recvWindow": "100",
        "timestamp": "1645423376532",
        "apiKey": "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
        "signature": "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24",
    }

    check_signature(
        Credential("k", "HMAC", DOC_SECRET), sorted_payload(params), params["signature"]
    )


def _pem(key) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize("kind", ["RSA", "Ed25519"])
def test_asymmetric_keys_sign_what_is_sent(kind):
    if kind == "RSA":
        private = rsa.generate_private_key(65537, 2048)
        signed = private.sign(b"timestamp=1700000000000", padding.PKCS1v15(), SHA256())
    else:
        private = ed25519.Ed25519PrivateKey.generate()
        signed = private.sign(b"timestamp=1700000000000")
    credential = Credential(KEY, kind, _pem(private))
    check_credential(credential)
    desk = Desk(credential=credential)
    signature = quote(base64.b64encode(signed).decode(), safe="")

    def ask(signature: str):
        url = f"/api/v3/account?timestamp=1700000000000&signature={signature}"
        return desk.client.get(url, headers={"X-MBX-APIKEY": KEY})

    assert ask(signature).status_code == 200
    assert ask(quote(base64.b64encode(b"x" * len(signed)).decode())).json()["code"] == -1022


def test_a_key_of_another_type_is_refused_when_the_account_is_made():
    public = _pem(ed25519.Ed25519PrivateKey.generate())

    with pytest.raises(InputError, match="not of type RSA"):
        check_credential(Credential("k", "RSA", public))


def test_query_and_body_are_signed_as_one_text_without_a_separator():
    desk = Desk()
    query = f"symbol=BTCUSDT&side=BUY&type=MARKET&timestamp={desk.market.now()}"
    body = "quantity=1"
    signature = sign(query + body)

    answer = desk.client.post(
        f"/api/v3/order?{query}",
        content=f"{body}&signature={signature}",
        headers={"X-MBX-APIKEY": KEY},
    )

    assert answer.json()["status"] == "FILLED"


def test_the_query_wins_over_the_body():
    desk = Desk()
    query = f"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=2&timestamp={desk.market.now()}"
    body = "quantity=1"

    answer = desk.client.post(
        f"/api/v3/order?{query}&signature={sign(query + body)}",
        content=body,
        headers={"X-MBX-APIKEY": KEY},
    )

    assert answer.json()["origQty"] == "2.00000000"


@pytest.mark.parametrize(
    ("params", "code", "text"),
    [
        (
            {"timestamp": 1_700_000_000_000 - 5_001},
            -1021,
            "Timestamp for this request is outside of the recvWindow.",
        ),
        (
            {"timestamp": 1_700_000_000_000 + 1_000},
            -1021,
            "Timestamp for this request was 1000ms ahead of the server's time.",
        ),
        ({"recvWindow": 60_001}, -1131, "recvWindow must be less than 60000."),
    ],
)
def test_old_early_and_patient_requests_are_refused(params, code, text):
    answer = Desk().send("GET", "/account", **params)

    assert (answer.status_code, answer.json()) == (400, {"code": code, "msg": text})


@pytest.mark.parametrize(
    "params",
    [
        {"timestamp": 1_700_000_000_000 - 5_000},
        {"timestamp": 1_700_000_000_999},
        {"timestamp": 1_700_000_000_000_000},
        {"timestamp": 1_700_000_000_000 - 9_000, "recvWindow": "9000.5"},
    ],
)
def test_requests_within_their_window_are_taken(params):
    assert Desk().send("GET", "/account", **params).status_code == 200


@pytest.mark.parametrize(
    ("headers", "query", "status", "code"),
    [
        ({}, "timestamp=1&signature=ab", 401, -2014),
        ({"X-MBX-APIKEY": "not a key!"}, "timestamp=1&signature=ab", 401, -2014),
        ({"X-MBX-APIKEY": "other"}, "timestamp=1&signature=ab", 401, -2015),
        ({"X-MBX-APIKEY": KEY}, "signature=ab", 400, -1102),
        ({"X-MBX-APIKEY": KEY}, "timestamp=1700000000000", 400, -1102),
        ({"X-MBX-APIKEY": KEY}, "timestamp=1700000000000&signature=ab", 400, -1022),
    ],
)
def test_the_ways_to_be_nobody(headers, query, status, code):
    answer = Desk().client.get(f"/api/v3/account?{query}", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_key_that_may_only_look_places_nothing():
    desk = Desk()
    desk.account.permissions = ()

    assert desk.send("GET", "/account").json()["canTrade"] is False
    assert desk.send("POST", "/order", **LIMIT).json()["code"] == -2010
    assert SECRET not in desk.send("GET", "/account").text
