"""Sessions of the WebSocket API: who logged on, and which accounts are followed."""

import base64
from decimal import Decimal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.exchange.desk import KEY, LIMIT, SECRET, Desk
from tests.exchange.fixed_market import START
from tests.exchange.peer import connected
from tradefleet.exchange.books.accounts import Credential

PRIVATE = Ed25519PrivateKey.generate()
PEM = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class SessionDesk(Desk):
    """A desk whose first account has an Ed25519 key, and a second one an HMAC key."""

    def __init__(self) -> None:
        super().__init__(credential=Credential("ed-key", "Ed25519", PEM))
        self.other = self.venue.engine.open_account(
            Credential(KEY, "HMAC", SECRET), ("SPOT",), {"USDT": Decimal(500)}
        )

    def ed_params(self, **params):
        params = {"apiKey": "ed-key", "timestamp": self.market.now(), **params}
        text = "&".join(f"{name}={params[name]}" for name in sorted(params))
        return {**params, "signature": base64.b64encode(PRIVATE.sign(text.encode())).decode()}


def test_a_session_needs_no_more_signatures_until_it_ends():
    desk = SessionDesk()
    stamp = {"timestamp": START}
    with connected(desk, "/ws-api/v3") as peer:
        assert peer.ask("account.status", stamp)["error"]["code"] == -1102
        desk.market.time += 5
        status = peer.ask("session.logon", desk.ed_params())["result"]
        assert status == {
            "apiKey": "ed-key",
            "authorizedSince": START + 5,
            "connectedSince": START,
            "returnRateLimits": True,
            "serverTime": START + 5,
            "userDataStream": False,
        }
        assert peer.ask("account.status", stamp)["result"]["uid"] == 1
        assert peer.ask("account.status", stamp | {"apiKey": "ed-key"})["result"]["uid"] == 1
        assert peer.ask("account.status", desk.ws_params())["result"]["uid"] == 2  # ad hoc
        unsigned = peer.ask("account.status", stamp | {"apiKey": KEY})
        assert unsigned["error"]["msg"].startswith("Mandatory parameter 'signature'")
        placed = peer.ask("order.place", stamp | LIMIT)
        assert placed["result"]["status"] == "NEW"
        assert peer.ask("account.status")["error"]["code"] == -1102  # a timestamp is needed still
        status = peer.ask("session.logout")["result"]
        assert (status["apiKey"], status["authorizedSince"]) == (None, None)
        assert peer.ask("account.status", stamp)["error"]["code"] == -1102


def test_only_ed25519_keys_log_on():
    desk = Desk()
    with connected(desk, "/ws-api/v3") as peer:
        refused = peer.ask("session.logon", desk.ws_params())
        forged = peer.ask("session.logon", {**desk.ws_params(), "signature": "00"})

    assert refused["error"] == {"code": -4056, "msg": "HMAC_SHA256 API key is not supported."}
    assert forged["error"]["code"] == -1022


def test_logging_out_ends_what_the_session_follows_and_nothing_else():
    desk = SessionDesk()
    with connected(desk, "/ws-api/v3") as peer:
        peer.ask("session.logon", desk.ed_params())
        assert peer.ask("userDataStream.subscribe")["result"] == {"subscriptionId": 0}
        assert peer.ask("userDataStream.subscribe")["error"]["code"] == -2035
        signed = peer.ask("userDataStream.subscribe.signature", desk.ws_params())
        assert signed["result"] == {"subscriptionId": 1}
        assert peer.ask("session.status")["result"]["userDataStream"] is True
        peer.ask("session.logout")
        assert [(one["subscriptionId"], one["event"]["e"]) for one in peer.heard] == [
            (0, "eventStreamTerminated")
        ]
        assert peer.ask("session.subscriptions")["result"] == [{"subscriptionId": 1}]
        assert peer.ask("userDataStream.subscribe")["error"]["code"] == -2015
        assert peer.ask("userDataStream.unsubscribe", {"subscriptionId": 0})["error"] == {
            "code": -2036,
            "msg": "User Data Stream subscription not active.",
        }
        assert peer.ask("userDataStream.unsubscribe", {"subscriptionId": 1})["result"] == {}


def test_each_account_is_followed_under_its_own_number():
    desk = SessionDesk()
    with connected(desk, "/ws-api/v3") as peer:
        peer.ask("userDataStream.subscribe.signature", desk.ed_params())
        peer.ask("userDataStream.subscribe.signature", desk.ws_params())
        peer.ask("order.place", desk.ws_params(**LIMIT))
        peer.ask("order.place", desk.ed_params(**LIMIT))
        told = [(m["subscriptionId"], m["event"]["e"]) for m in peer.heard]

    assert [number for number, event in told if event == "executionReport"] == [1, 0]


def test_subscriptions_have_a_limit_on_each_connection(monkeypatch):
    monkeypatch.setattr("tradefleet.exchange.ws_api.session.MOST_EVER", 2)
    desk = Desk()
    with connected(desk, "/ws-api/v3") as peer:
        for _ in range(2):
            peer.ask("userDataStream.subscribe.signature", desk.ws_params())
            peer.ask("userDataStream.unsubscribe")
        refused = peer.ask("userDataStream.subscribe.signature", desk.ws_params())

    assert refused["error"] == {
        "code": -2042,
        "msg": "Maximum subscription ID reached for this connection.",
    }


def test_one_subscription_an_account_until_it_ends():
    desk = Desk()
    with connected(desk, "/ws-api/v3") as peer:
        peer.ask("userDataStream.subscribe.signature", desk.ws_params())
        again = peer.ask("userDataStream.subscribe.signature", desk.ws_params())
        assert again["error"]["code"] == -2035
        assert peer.ask("session.subscriptions")["result"] == [{"subscriptionId": 0}]
        peer.socket.send_text('{"id": 9, "method": "userDataStream.unsubscribe"}')
        ended, answer = peer.next(), peer.next()

    assert ended["event"]["e"] == "eventStreamTerminated"
    assert answer["result"] == {}
