"""How the paper exchange of an installation is started again."""

import socket
from collections.abc import Iterator

import pytest

from tradefleet.bootstrap.installation import Installation
from tradefleet.bootstrap.paper import PORT, PaperExchange
from tradefleet.settings import Settings


@pytest.fixture
def a_port() -> Iterator[tuple[int, socket.socket]]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1], taken


def installation(folder, port: int) -> Installation:
    made = Installation(Settings(tradefleet_home=folder, paper_market="synthetic"))
    made.folder.prepare()
    made.folder.write(folder / "market.json", {"market": "synthetic", "port": port})
    return made


def port_of(arguments: list[str]) -> int:
    return int(arguments[arguments.index("--port") + 1])


def test_it_comes_back_on_the_port_that_living_bots_know(tmp_path, a_port):
    port, holder = a_port
    holder.close()
    paper = PaperExchange(installation(tmp_path, port))

    assert port_of(paper.arguments()) == port
    assert port_of(paper.arguments_again()) == port


def test_it_takes_another_port_where_somebody_else_has_its_own(tmp_path, a_port):
    port, _ = a_port

    assert port_of(PaperExchange(installation(tmp_path, port)).arguments()) in (PORT, 0)
