"""The client before servers that misbehave below HTTP."""

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.skips import ROOT
from tradefleet.adapters.binance.budget import Budget
from tradefleet.adapters.binance.keys import Credentials
from tradefleet.adapters.binance.rest import Rest
from tradefleet.adapters.clock import ExchangeClock
from tradefleet.domain.errors import ExchangeUnavailableError, OutcomeUnknownError

GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def server(talk: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    """Serve one connection after another until the block ends."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while not ended.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, suppress(ConnectionError):
                    talk(connection, ended)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def client(url: str, deadline_s: float = 5.0) -> Rest:
    clock = ExchangeClock()
    clock.adopt(clock.base_ms)
    return Rest(url, clock, Budget(clock), Credentials("key", "secret"), deadline_s=deadline_s)


def test_N11_a_server_that_drips_is_left_at_the_deadline() -> None:
    def drip(connection: socket.socket, ended: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not ended.wait(0.02):
            try:
                connection.sendall(b" ")
            except OSError:
                return

    with server(drip) as url:
        rest = client(url, deadline_s=0.2)
        with pytest.raises(ExchangeUnavailableError, match="ReadTimeout"):
            rest.read("/time", {}, lambda answer: answer, weight=1)
        rest.close()


def test_N11_a_server_that_drips_its_headers_is_left_at_the_same_deadline() -> None:
    def drip(connection: socket.socket, ended: threading.Event) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Endless: ")
        while not ended.wait(0.02):
            try:
                connection.sendall(b"x")
            except OSError:
                return

    with server(drip) as url:
        rest = client(url, deadline_s=0.2)
        with pytest.raises(OutcomeUnknownError):
            rest.send("POST", "/order", {"symbol": "X"}, lambda answer: answer, order_id="tfp-1")
        rest.close()


def test_a_redirection_is_not_followed_with_an_order() -> None:
    arrived: list[bytes] = []

    def elsewhere(connection: socket.socket, ended: threading.Event) -> None:
        while text := connection.recv(65_536):
            arrived.append(text)
            connection.sendall(
                b"HTTP/1.1 307 Moved\r\nLocation: /api/v3/order\r\nContent-Length: 0\r\n\r\n"
            )

    with server(elsewhere) as url:
        rest = client(url)
        with pytest.raises(OutcomeUnknownError):
            rest.send("POST", "/order", {"symbol": "X"}, lambda answer: answer, order_id="tfp-1")
        rest.close()
    assert b"".join(arrived).count(b"POST ") == 1  # a request may arrive in pieces


@pytest.mark.parametrize(
    "body", [b"", b"<html>busy</html>", b'{"symbol":"BTCU', b"[" * 50_000, b'{"x":NaN}', b"[1, 2"]
)
def test_N5_a_body_that_is_no_answer_leaves_an_order_unknown_and_never_crashes(body: bytes) -> None:
    def rubbish(connection: socket.socket, ended: threading.Event) -> None:
        while connection.recv(65_536):
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            )

    with server(rubbish) as url:
        rest = client(url)
        with pytest.raises(OutcomeUnknownError):
            rest.send("POST", "/order", {}, lambda answer: answer["orderId"], order_id="tfp-1")
        with pytest.raises(ExchangeUnavailableError):
            rest.read("/time", {}, lambda answer: answer["serverTime"], weight=1)
        rest.close()


def test_N11_a_server_that_says_nothing_is_left_at_the_deadline() -> None:
    def silent(connection: socket.socket, ended: threading.Event) -> None:
        ended.wait(5)

    with server(silent) as url:
        rest = client(url, deadline_s=0.1)
        with pytest.raises(OutcomeUnknownError):
            rest.send("POST", "/order", {"symbol": "X"}, lambda answer: answer, order_id="tfp-1")
        rest.close()


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_N13_an_order_on_a_kept_connection_that_dies_is_sent_once(method: str) -> None:
    arrived: list[bytes] = []

    def dies_at_the_second(connection: socket.socket, ended: threading.Event) -> None:
        arrived.append(connection.recv(65_536))
        connection.sendall(GOOD)
        arrived.append(connection.recv(65_536))

    with server(dies_at_the_second) as url:
        rest = client(url)
        rest.read("/ping", {}, lambda answer: answer, weight=1)
        with pytest.raises(OutcomeUnknownError):
            rest.send(method, "/order", {"symbol": "X"}, lambda answer: answer, order_id="tfp-1")
        rest.close()

    assert [text.split(b" ")[0] for text in arrived if text] == [b"GET", method.encode()]


def test_N9_an_order_to_a_port_nobody_listens_on_did_not_happen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    rest = client(f"http://127.0.0.1:{port}")
    with pytest.raises(ExchangeUnavailableError):
        rest.send("POST", "/order", {"symbol": "X"}, lambda answer: answer, order_id="tfp-1")
    rest.close()


def test_N9_a_name_that_cannot_be_resolved_means_that_nothing_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nobody_knows(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody_knows)
    rest = client("http://api.exchange.test")
    with pytest.raises(ExchangeUnavailableError, match="Name or service not known"):
        rest.send("POST", "/order", {"symbol": "X"}, lambda answer: answer, order_id="tfp-1")
    rest.close()


# ---------------------------------------------------------------- somebody in between


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate that names our server and that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "somebody.pem"
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem)
    )
    return path


def test_N10_a_server_that_cannot_prove_who_it_is_hears_nothing(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    heard: list[bytes] = []

    def listen(connection: socket.socket, ended: threading.Event) -> None:
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            heard.append(secure.recv(65_536))

    with server(listen) as url:
        rest = client(url.replace("http://127.0.0.1", "https://localhost"))
        with pytest.raises(ExchangeUnavailableError, match="certificate"):
            rest.send("POST", "/order", {"symbol": "X"}, lambda answer: answer, order_id="tfp-1")
        rest.close()

    assert not any(heard)


@pytest.mark.parametrize("words", ["verify=False", "CERT_NONE", "check_hostname = False"])
def test_N10_nothing_turns_the_proof_off(words: str) -> None:
    sources = (ROOT / "src").rglob("*.py")

    assert not [path.name for path in sources if words in path.read_text()]
