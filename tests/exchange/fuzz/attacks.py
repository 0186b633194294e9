"""One input each: a request, a message or a document, made from a random number."""

import json
from decimal import Decimal
from random import Random
from typing import Any
from urllib.parse import quote, urlencode

from tests.exchange.fixed_market import FixedMarket
from tests.exchange.fuzz.arena import KEYS, PATHS, Arena, sign
from tests.exchange.fuzz.words import NONSENSE, SYMBOLS, document, fitting, parameters
from tradefleet.domain.errors import InputError
from tradefleet.exchange.account_files import account_fields
from tradefleet.exchange.faults.kinds import KINDS
from tradefleet.exchange.faults.reading import read_faults
from tradefleet.exchange.info.symbol_rules import ExchangeRules
from tradefleet.exchange.rest.endpoint import Endpoint
from tradefleet.exchange.rest.face import ENDPOINTS
from tradefleet.exchange.ws_api.face import METHODS

_SIGNATURE = {"timestamp", "signature"}
_RATES = ("POST /order", "POST /order", "POST /order/cancelReplace", "DELETE /order")
_SESSION = (
    "session.logon", "session.logout", "session.status", "session.subscriptions",
    "userDataStream.subscribe", "userDataStream.subscribe.signature", "userDataStream.unsubscribe",
)  # fmt: skip
_STREAMS = (
    "btcusdt@trade", "btcusdt@kline_1m", "btcusdt@depth", "btcusdt@depth5@100ms", "ethusdt@ticker",
    "!miniTicker@arr", "btcusdt@bookTicker", "btcusdt@aggTrade", "btcusdt@avgPrice", "nope@trade",
    "btcusdt@kline_7m", "btcusdt@kline_1d@+08:00", "btcusdt@depth@0ms", "@", "", "BTCUSDT@trade",
)  # fmt: skip
_CONTROLS = (
    "SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY", "X", None,
)  # fmt: skip
_ACCOUNT = {
    "key": "k",
    "type": "HMAC",
    "secret": "s",
    "balances": {"USDT": "100", "BTC": 1},
    "permissions": ["SPOT"],
    "asset_limits": {"USDT": "5"},
}
_CONTROL = {
    "/sim/price": ("symbol", "price"),
    "/sim/balance": ("asset", "free", "key"),
    "/sim/advance": ("ms",),
    "/sim/account": (),
    "/sim/faults": (),
    "/sim/happenings": (),
    "/sim/state": (),
    "/sim/nowhere": (),
}


def names_of(endpoint: Endpoint) -> list[str]:
    """The parameters an endpoint declares, without those of the signature."""
    return [name for name in endpoint.parameters.names if name not in _SIGNATURE]


def needed_of(endpoint: Endpoint) -> list[str]:
    """Those of them that must be there."""
    return [name for name in endpoint.parameters.required if name not in _SIGNATURE]


def rest(arena: Arena, random: Random) -> None:
    """A request to an endpoint of REST, or near one."""
    path = random.choice(_RATES) if random.random() < 0.2 else random.choice(PATHS)
    endpoint = ENDPOINTS[path]
    chosen = parameters(names_of(endpoint), needed_of(endpoint), random)
    key: str | None = None
    text = urlencode(chosen, quote_via=quote)
    if endpoint.signed or random.random() < 0.02:
        text, key = arena.signed(chosen, random)
    if random.random() < 0.04:
        text = _garbled(text, random)
    if random.random() < 0.02:
        path = random.choice(("GET /nowhere", "PATCH /order", "POST /userDataStream", "GET ", "x"))
    raw = text.encode("utf-8", "surrogatepass")
    if path.startswith("GET ") or random.random() < 0.4:
        query, body = raw, b""
    elif random.random() < 0.2:
        place = text.find("&")  # signed is the query followed by the body, without a separator
        query, body = raw[:place] if place > 0 else raw, raw[place:] if place > 0 else b""
    else:
        query, body = b"", raw
    arena.rest(path, query, body, random, key)


def _garbled(text: str, random: Random) -> str:
    action = random.randrange(5)
    if action == 0:
        return text + "&" + text
    if action == 1:
        return text.replace("%", "", 1)[::-1]
    if action == 2:
        return text + "&symbol=" + random.choice(NONSENSE)
    if action == 3:
        return json.dumps({"symbol": text})
    return "&" * 300 + text


def ws_api(arena: Arena, random: Random) -> int:
    """Some messages on one connection of the WebSocket API."""
    count = random.randint(3, 8)
    texts = [_message(arena, random) for _ in range(count)]
    query = random.choice(("", "", "returnRateLimits=false", "timeUnit=microsecond", "a=%zz"))
    answers = [said for said in arena.talk("/ws-api/v3", query, texts) if "event" not in said]
    for said in answers:
        assert set(said) <= {"id", "status", "result", "error", "rateLimits"}, said
        error = said.get("error", {})
        if said["status"] != 200:
            arena.judge(said["status"], error, texts)
        else:
            arena.judge(200, said["result"], texts)
    return count


def _message(arena: Arena, random: Random) -> str:
    if random.random() < 0.05:
        return random.choice(("", "{", "[]", "null", "[" * 50_000, '{"id":1}', "{}", *NONSENSE))
    session = random.random() < 0.2
    method = random.choice(_SESSION) if session else random.choice(sorted(METHODS))
    endpoint = METHODS.get(method)
    names = ["subscriptionId"] if endpoint is None else names_of(endpoint)
    required = [] if endpoint is None else needed_of(endpoint)
    params: dict[str, Any] = dict(parameters(names, required, random))
    if endpoint is None and random.random() < 0.7:
        params = {}
    if (endpoint is not None and endpoint.signed) or method.endswith(("logon", "signature")):
        key = random.choice(KEYS)
        params |= {"apiKey": key, "timestamp": arena.venue.now()}
        text = "&".join(f"{name}={params[name]}" for name in sorted(params))
        params["signature"] = sign(key, text.encode("utf-8", "surrogatepass"))
    if random.random() < 0.08:
        odd = random.choice((None, 1.5, [], {}, True, -1, 10**30, ["BTCUSDT"], [1], float("nan")))
        params[random.choice([*params, "symbol", "returnRateLimits"])] = odd
    if random.random() < 0.03:
        method = random.choice(("", "v3/ping", "order", "ORDER.PLACE", "__init__"))
    number = random.choice((1, "a", None, "x" * 100, 2**70, -1))
    whole: dict[str, Any] = {"id": number, "method": method, "params": params}
    if random.random() < 0.04:
        whole = {**whole, random.choice(list(whole)): random.choice((None, 1, [], "x", {}, [1]))}
    return json.dumps(whole, ensure_ascii=random.random() < 0.5)


def streams(arena: Arena, random: Random) -> int:
    """Some control messages on one connection of the market streams."""
    count = random.randint(3, 8)
    texts = [_control_message(random) for _ in range(count)]
    names = "/".join(random.choice(_STREAMS) for _ in range(random.randint(0, 3)))
    path, query = random.choice((("/ws", ""), (f"/ws/{names}", ""), ("/stream", names)))
    said = arena.talk(path, f"streams={query}" if query else "", texts)
    control = [one for one in said if "result" in one or "error" in one or "code" in one]
    assert len(control) >= len(said) - 50
    for one in control:
        refusal = one.get("error", one if "code" in one else None)
        if refusal is not None:
            assert type(refusal["code"]) is int, one
            assert isinstance(refusal["msg"], str), one
            assert refusal["msg"], one
        arena.seen["stream control"] += 1
    assert arena.venue.failure is None
    return count


def _control_message(random: Random) -> str:
    if random.random() < 0.1:
        return random.choice(("", "{", "[]", "1", "[" * 50_000, *NONSENSE))
    params: Any = [random.choice(_STREAMS) for _ in range(random.randint(0, 3))]
    if random.random() < 0.2:
        odd = (["combined"], ["combined", True], ["combined", 1], None, "x", {}, [1], [[]], [None])
        params = random.choice(odd)
    number = random.choice((1, 2**63, -1, "a", "x" * 37, None, 1.5, [], True))
    return json.dumps({"method": random.choice(_CONTROLS), "params": params, "id": number})


def control(arena: Arena, random: Random) -> None:
    """A request to the control face."""
    path = random.choice(list(_CONTROL))
    chosen = {name: fitting(name, random) for name in _CONTROL[path]}
    chosen |= {"asset": random.choice(("USDT", "BTC", "DOGE")), "free": "1000", "key": "hmac"}
    chosen = {name: chosen[name] for name in _CONTROL[path]}
    if "ms" in chosen:
        chosen["ms"] = str(random.choice((0, 1, 1_000, 60_000, 86_400_000)))
    if chosen and random.random() < 0.4:
        chosen[random.choice(list(chosen))] = random.choice(NONSENSE)
    body = b""
    if path == "/sim/account":
        body = json.dumps(document(_ACCOUNT | {"key": f"k{random.random()}"}, random)).encode()
    elif path in ("/sim/faults", "/sim/happenings"):
        whole = _table(random)
        body = json.dumps(whole if path == "/sim/faults" else whole["faults"][0]).encode()
        body = body if random.random() < 0.5 else json.dumps(document(whole, random)).encode()
    if random.random() < 0.05:
        body = random.choice((b"{", b"\xff", b"[" * 50_000, b"NaN", b'"x"'))
    method = random.choice(("GET", "POST", "POST", "POST"))
    status, content = arena.control(method, path, urlencode(chosen), body)
    known = status in (404, 405) or json.loads(content) is not None
    assert known
    if status not in (404, 405):
        arena.judge(status, json.loads(content), (method, path, chosen, body))
    calm, _ = arena.control("POST", "/sim/faults", "", b'{"faults": []}')
    assert calm == 200


def _table(random: Random) -> dict[str, Any]:
    """A table of one fault that strikes nobody by itself."""
    kind = random.choice(sorted(KINDS))
    row: dict[str, Any] = {"kind": kind, "path": "nobody", "symbol": "BTCUSDT", "asset": "BTC"}
    row |= {"key": "hmac", "quantity": "1", "delay_ms": 5, "status": 503, "code": -1007}
    fields = set(KINDS[kind].fields)
    return {"seed": 1, "faults": [{name: row[name] for name in row if name in fields | {"kind"}}]}


def files(arena: Arena, random: Random) -> None:
    """A document as an account, a table of faults or a file of rules."""
    known = next(iter(arena.market.rules().symbols.values())).entry
    info = {
        "symbols": [dict(known)],
        "exchangeFilters": [{"filterType": "EXCHANGE_MAX_NUM_ORDERS", "maxNumOrders": 9}],
        "rateLimits": arena.market.rules().rate_limits.views(),
    }
    kind = random.randrange(3)
    try:
        if kind == 0:
            account_fields(document(_ACCOUNT, random))
        elif kind == 1:
            read_faults(document(_table(random), random))
        else:
            ExchangeRules.of_document(document(info, random))
    except InputError:
        arena.seen["file refused"] += 1


def move(arena: Arena, random: Random) -> None:
    """Something happens on the market, or time passes."""
    market, ms = arena.market, random.choice((1, 250, 1_000, 60_000))
    if isinstance(market, FixedMarket):
        price = Decimal(random.randint(8_500, 11_500)) / 100
        market.move(str(price), "1", symbol=random.choice(SYMBOLS))
    (arena.clock or market).step(ms)
    arena.venue.catch_up()


ATTACKS = (*[rest] * 60, *[ws_api] * 6, *[streams] * 3, *[control] * 6, *[files] * 8, *[move] * 8)


def attack(arena: Arena, number: int) -> int:
    """Let one thing happen, made from a number; return how many inputs it was."""
    random = Random(number)
    chosen = random.choice(ATTACKS)
    return chosen(arena, random) or 1
