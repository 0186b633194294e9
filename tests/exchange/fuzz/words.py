"""What the parameters of requests may hold: what fits, what nearly fits, and nonsense."""

import json
from collections.abc import Iterable
from random import Random

SYMBOLS = ("BTCUSDT", "ETHUSDT", "这是测试币456")
TYPES = (
    "LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT",
    "TAKE_PROFIT_LIMIT",
)  # fmt: skip
_FLAGS = ("true", "false")
_FEW = ("1", "2", "3", "5", "10", "1000")

# By the end of a parameter's name, the longest first that fits.
_FITTING: dict[str, tuple[str, ...]] = {
    "symbol": SYMBOLS,
    "symbols": ('["BTCUSDT"]', '["ETHUSDT","BTCUSDT"]', json.dumps(SYMBOLS[2:])),
    "side": ("BUY", "SELL"),
    "type": TYPES,
    "timeinforce": ("GTC", "GTC", "IOC", "FOK"),
    "quantity": ("0.1", "0.5", "1", "1.00000000", "2.5", "0.00001"),
    "quoteorderqty": ("10", "50.5", "300"),
    "price": ("90", "95.50", "99.99", "100", "101", "104.2", "110"),
    "stopprice": ("90", "97", "99.5", "100", "100.5", "103", "110"),
    "stoplimitprice": ("90", "97", "103", "110"),
    "icebergqty": ("0.1", "0.05", "0.5"),
    "trailingdelta": ("10", "100", "2000"),
    "clientorderid": ("a", "b", "my-order_1", "x" * 36),
    "resptype": ("ACK", "RESULT", "FULL"),
    "selftradepreventionmode": ("NONE", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER"),
    "strategyid": ("1", "77"),
    "strategytype": ("1000000", "2000000"),
    "id": ("0", "1", "2", "3", "4", "5", "8", "12", "20"),
    "newqty": ("0.1", "0.4", "0.00001"),
    "limit": ("1", "5", "100", "500", "1000", "5000"),
    "interval": ("1s", "1m", "5m", "1h", "1d", "1w", "1M"),
    "timezone": ("0", "8", "-12:00", "+14:00", "05:30"),
    "windowsize": ("1m", "59m", "1h", "23h", "1d", "7d"),
    "starttime": ("0", "1699999000000", "1700000000000", "1700000000000000"),
    "endtime": ("1699999990000", "1700000000000", "1800000000000"),
    "mode": ("STOP_ON_FAILURE", "ALLOW_FAILURE", "DO_NOTHING", "CANCEL_ONLY"),
    "cancelrestrictions": ("ONLY_NEW", "ONLY_PARTIALLY_FILLED"),
    "symbolstatus": ("TRADING", "HALT", "BREAK"),
    "permissions": ("SPOT", '["SPOT","MARGIN"]'),
    "showpermissionsets": _FLAGS,
    "omitzerobalances": _FLAGS,
    "computecommissionrates": _FLAGS,
    "recvwindow": ("5000", "60000", "1.5"),
    "subscriptionid": ("0", "1"),
}
_ENDINGS = sorted(_FITTING, key=len, reverse=True)
_TICKER_TYPES = ("FULL", "MINI")

NONSENSE = (
    "", " ", "0", "00", "-1", "+1", "1.", ".5", "01", "1e5", "1e-05", "1E400", "NaN", "Infinity",
    "null", "None", "true", "９", "½", "9" * 19, "9" * 20, "9" * 21, "9" * 400,
    "9223372036854775807", "9223372036854775808", "92233720368.54775808", "0." + "0" * 19 + "1",
    "12345678901.00000000000000000001", "1.000000001", "\x00", "\n", "1\n", "a\u0301", "\U0001f680",
    "\u202e", "ÀÉ", "buy", "limit", "btcusdt", "BTC/USDT", "NOPE", "[]", "{}", '["BTCUSDT"',
    '["BTCUSDT","BTCUSDT"]', '["NOPE"]', "[1]", '"', "'; DROP TABLE orders --", "../../etc/passwd",
    "%00", "%zz", "%", "a" * 37, "a" * 2_000, "1700000000000", "99999999999999999", "1;2",
)  # fmt: skip

# What an order of a type needs besides symbol and side.
_NEEDS = {
    "LIMIT": ("TimeInForce", "Quantity", "Price"),
    "LIMIT_MAKER": ("Quantity", "Price"),
    "MARKET": ("Quantity",),
    "STOP_LOSS": ("Quantity", "StopPrice"),
    "TAKE_PROFIT": ("Quantity", "StopPrice"),
    "STOP_LOSS_LIMIT": ("TimeInForce", "Quantity", "Price", "StopPrice"),
    "TAKE_PROFIT_LIMIT": ("TimeInForce", "Quantity", "Price", "StopPrice"),
}


def fitting(name: str, random: Random) -> str:
    """A value of the form a parameter wants."""
    lower = name.lower()
    ending = next((ending for ending in _ENDINGS if lower.endswith(ending)), None)
    return "x" if ending is None else random.choice(_FITTING[ending])


def right(names: Iterable[str], random: Random) -> dict[str, str]:
    """Parameters that go together, as far as their names tell: each leg has what its type needs."""
    offered = {name.lower(): name for name in names}
    chosen = {name: fitting(name, random) for name in ("symbol", "side") if name in offered}
    kinds = [name for low, name in offered.items() if low.endswith("type")]
    for name in kinds:
        prefix = name.lower().removesuffix("type")
        if prefix + "timeinforce" not in offered:
            continue
        kind = chosen[name] = random.choice(TYPES)
        for need in _NEEDS[kind]:
            found = offered.get(prefix + need.lower())
            if found is not None:
                chosen[found] = fitting(found, random)
    if not kinds:
        return {name: fitting(name, random) for name in offered.values() if random.random() < 0.4}
    if "type" in offered and "side" not in offered and random.random() < 0.5:
        chosen["type"] = random.choice(_TICKER_TYPES)
    for name in offered.values():
        if name not in chosen and random.random() < (0.9 if "antity" in name else 0.04):
            chosen[name] = fitting(name, random)
    return chosen


def parameters(names: list[str], required: list[str], random: Random) -> dict[str, str]:
    """Right, half-right or wrong parameters of an endpoint."""
    chosen = right(names, random)
    for name in required:
        if name not in chosen and random.random() < 0.95:
            chosen[name] = fitting(name, random)
    if random.random() < 0.5:
        return chosen
    for _ in range(random.randint(1, 3)):
        action, name = random.randrange(10), random.choice(names or ["symbol"])
        if action < 2:
            chosen.pop(name, None)
        elif action < 4:
            chosen[name] = fitting(name, random)
        elif action < 9:
            chosen[name] = random.choice(NONSENSE)
        else:
            chosen[random.choice(("colour", "symbol ", "Symbol", "__class__", "é"))] = "1"
    return chosen


def document(like: object, random: Random) -> object:
    """A JSON value that resembles another one, with something changed somewhere."""
    if random.random() < 0.15:
        return random.choice((None, True, -1, 1e400, 0.1, "", "x", [], {}, [[]], 2**70, "１"))
    if isinstance(like, dict):
        changed = {name: document(value, random) for name, value in like.items()}
        if changed and random.random() < 0.2:
            changed.pop(random.choice(list(changed)))
        if random.random() < 0.1:
            changed[random.choice(("colour", "", "kind", "key"))] = random.choice(NONSENSE)
        return changed
    if isinstance(like, list):
        return [document(value, random) for value in like] * random.choice((1, 1, 1, 0, 2))
    return like
