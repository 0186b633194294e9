"""A hello-world of the exchange's web framework, served as the exchange is: the measure of it."""

import asyncio
import json
import os
import socket
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tradefleet.exchange.server import server_config


async def _hello(_: Request) -> JSONResponse:
    return JSONResponse({"hello": "world"})


def main(ready_file: Path) -> None:
    """Serve until ended; write down where once the port is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(socket.SOMAXCONN)
    fresh = ready_file.with_suffix(".new")
    fresh.write_text(json.dumps({"port": listener.getsockname()[1], "pid": os.getpid()}))
    fresh.replace(ready_file)
    app = Starlette(routes=[Route("/", _hello, methods=["GET"])])
    asyncio.run(uvicorn.Server(server_config(app)).serve(sockets=[listener]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
