"""Happenings on the WebSockets."""

from collections.abc import Callable, Iterator, Mapping

from tradefleet.exchange.connection import Connection
from tradefleet.exchange.faults.stage import Stage
from tradefleet.exchange.faults.table import Fault

API_PATH = "/ws-api/v3"


def _struck(stage: Stage, fault: Fault) -> Iterator[Connection]:
    for connection in stage.connections:
        of_users = connection.scope["path"] == API_PATH
        if fault["streams"] in ("all", "user" if of_users else "market"):
            yield connection


def _cut(stage: Stage, fault: Fault) -> None:
    for connection in _struck(stage, fault):
        if fault["abrupt"]:
            stage.wires.cut(connection.scope)
        else:
            connection.cut()


def _silence(stage: Stage, fault: Fault) -> Callable[[], None]:
    scopes = [connection.scope for connection in _struck(stage, fault)]
    for scope in scopes:
        stage.wires.mute(scope, silent=True)

    def end() -> None:
        for scope in scopes:
            stage.wires.mute(scope, silent=False)

    return end


def _terminate(stage: Stage, _: Fault) -> None:
    stage.venue.broadcast.end_accounts()


def _announce_shutdown(stage: Stage, _: Fault) -> None:
    stage.connections.announce_shutdown(stage.venue.now())


PERFORM: Mapping[str, Callable[[Stage, Fault], Callable[[], None] | None]] = {
    "stream_cut": _cut,
    "stream_silent": _silence,
    "stream_terminated": _terminate,
    "server_shutdown": _announce_shutdown,
}
