"""Candles over HTTP: what is kept, files of the person's own, downloads; nothing trades by them."""

import binascii
from datetime import UTC, datetime
from typing import Any

from flask_openapi.blueprint import APIBlueprint

from tradefleet.domain.candle import interval_ms
from tradefleet.domain.errors import InputError
from tradefleet.interfaces.dashboard.docs import ANSWERS, answer
from tradefleet.interfaces.dashboard.parts import services
from tradefleet.interfaces.dashboard.shapes import (
    BeginUpload,
    DownloadCandles,
    ImportCandles,
    KeptPath,
    Piece,
    UploadPath,
)
from tradefleet.interfaces.wire import wire
from tradefleet.ports.runs import Kind
from tradefleet.ports.uploads import PIECE

ROUTES = APIBlueprint("candles", __name__, url_prefix="/api", abp_responses=ANSWERS)

STARTED: dict[str | int, Any] = {202: answer("It is under way.")}
SHOWN = ("symbol", "interval", "rows", "first", "last", "size", "sources", "tape", "problem")


@ROUTES.get("/kept-candles")
def kept_candles() -> dict[str, Any]:
    """Return what the data folder keeps; `first` and `last` are open times.

    What has a `tape` was recorded for bots on that market; backtests play the others.
    """
    return {
        "candles": [
            {name: wire(getattr(holding, name)) for name in SHOWN}
            | {"gaps": holding.gaps.count, "missing": holding.gaps.candles}
            for holding in services().parts.kept_candles()
        ]
    }


@ROUTES.delete("/kept-candles/<symbol>/<interval>")
def forget_candles(path: KeptPath) -> dict[str, Any]:
    """Take the kept candles of a symbol and interval away for good; tapes stay."""
    interval_ms(path.interval)
    if not services().parts.forget_candles(path.symbol, path.interval):
        why = f"there are no {path.interval} candles of {path.symbol}"
        raise InputError(why, field="symbol", code="unknown_candles")
    return {"symbol": path.symbol, "interval": path.interval, "forgotten": True}


@ROUTES.post("/candle-files", responses={201: answer("Where to send its pieces.")})
def begin_upload(body: BeginUpload) -> tuple[dict[str, Any], int]:
    """Begin to send a file of candles; `piece` is how many bytes of it to send at once."""
    return {"id": services().parts.uploads.begin(body.name, body.size), "piece": PIECE}, 201


@ROUTES.post("/candle-file/<upload>/piece")
def append_piece(path: UploadPath, body: Piece) -> dict[str, Any]:
    """Send the next piece of a file, in base64; answers with how many bytes have come."""
    try:
        piece = binascii.a2b_base64(body.data, strict_mode=True)
    except ValueError as error:
        raise InputError(f"expected base64: {error}", field="data") from None
    return {"received": services().parts.uploads.append(path.upload, body.at, piece)}


@ROUTES.post("/candle-file/<upload>/import", responses=STARTED)
def import_file(path: UploadPath, body: ImportCandles) -> tuple[dict[str, Any], int]:
    """Take a file that has come whole into the data folder; it is refused whole or taken whole."""
    at = services()
    if body.interval:
        interval_ms(body.interval)
    words = ["data", "import", "--json"]
    words += [f"--symbol={body.symbol}"] if body.symbol else []
    words += [f"--interval={body.interval}"] if body.interval else []
    words += ["--replace"] if body.replace else []
    file = at.parts.uploads.complete(path.upload)
    asked = {"file": file.name, **body.model_dump()}
    return wire(at.parts.runs.start(Kind.CANDLES, words, asked, file)), 202


@ROUTES.post("/candle-downloads", responses=STARTED)
def download(body: DownloadCandles) -> tuple[dict[str, Any], int]:
    """Fetch candles of the past from Binance into the data folder, beside the bots."""
    at = services()
    interval_ms(body.interval)
    begin = _moment(body.start)
    if begin >= at.parts.clock.now():
        raise InputError(f"expected a day that has begun, was {body.start}", field="start")
    if body.end is not None and _moment(body.end) <= begin:
        raise InputError(f"expected a day after {body.start}, was {body.end}", field="end")
    words = ["data", "download", "--json", f"--interval={body.interval}", f"--from={body.start}"]
    words += [f"--to={body.end}"] if body.end else []
    asked = body.model_dump(exclude_none=True)
    return wire(at.parts.runs.start(Kind.CANDLES, [*words, body.symbol], asked)), 202


def _moment(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)
