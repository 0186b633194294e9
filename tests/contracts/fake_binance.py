"""A Binance just large enough to hold our adapter to the ports: one account, one market, no book.

Market orders fill at the price; stop and target legs rest until `moves_to` passes them. `Fault`s
are played in order, one a request to the path they name.
"""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import httpx2

KEY, SECRET = "the-key", "the-secret"
SYMBOL = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "baseAssetPrecision": 8,
    "quoteAssetPrecision": 8,
    "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT"],
    "ocoAllowed": True,
    "quoteOrderQtyMarketAllowed": True,
    "isSpotTradingAllowed": True,
    "filters": [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": "0.01",
            "maxPrice": "1000000",
            "tickSize": "0.01",
        },
        {"filterType": "LOT_SIZE", "minQty": "0.00001", "maxQty": "9000", "stepSize": "0.00001"},
        {
            "filterType": "NOTIONAL",
            "minNotional": "5",
            "applyMinToMarket": True,
            "maxNotional": "9000000",
        },
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5},
    ],
}
FINAL = ("FILLED", "CANCELED", "EXPIRED")


class Refusal(Exception):
    """What the exchange answers instead of doing it."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass
class Fault:
    """Something goes wrong with the next request to a path.

    Attributes:
        answer: sent instead of the true one; an exception breaks the connection instead.
        executed: whether the request was carried out all the same.
    """

    path: str
    answer: httpx2.Response | Exception
    executed: bool = False


@dataclass
class FakeBinance:
    """The exchange. `requests` holds what arrived, as (method, path, parameters)."""

    price: Decimal = Decimal(50_000)
    now: int = 1_700_000_000_000
    fee_asset: str = ""
    balances: dict[str, list[Decimal]] = field(
        default_factory=lambda: {"USDT": [Decimal(10_000), Decimal(0)]}
    )
    orders: list[dict[str, Any]] = field(default_factory=list)
    lists: list[dict[str, Any]] = field(default_factory=list)
    trades: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    weight: int = 0
    can_trade: bool = True
    hides_orders: bool = False

    def client(self) -> httpx2.Client:
        return httpx2.Client(transport=httpx2.MockTransport(self._answer))

    def sent(self, method: str, path: str = "") -> int:
        """How many requests of a method (to a path) arrived."""
        return sum(m == method and path in ("", p) for m, p, _ in self.requests)

    def moves_to(self, price: str) -> None:
        """Trade at a price, and let resting orders react."""
        self.price = Decimal(price)
        for order in [o for o in self.orders if o["status"] == "NEW"]:
            stop, limit = Decimal(order["stopPrice"]), Decimal(order["price"])
            is_stop = order["type"].startswith("STOP")
            if (self.price <= stop) if is_stop else (self.price >= limit):
                self._fill(order, self.price if is_stop else limit)
                for other in self.orders:
                    if other["orderListId"] == order["orderListId"] != -1 and other is not order:
                        other["status"] = "EXPIRED"

    # ------------------------------------------------------------ the wire

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path.removeprefix("/api/v3")
        raw = request.url.query + request.content
        params = dict(parse_qsl(raw.decode()))
        self.requests.append((request.method, path, params))
        fault = next((f for f in self.faults if f.path == path), None)
        if fault:
            self.faults.remove(fault)
            if fault.executed:
                self._carry_out(request, path, raw, params)
            if isinstance(fault.answer, Exception):
                raise fault.answer
            return fault.answer
        return self._carry_out(request, path, raw, params)

    def _carry_out(
        self, request: httpx2.Request, path: str, raw: bytes, params: dict[str, str]
    ) -> httpx2.Response:
        headers = {"X-MBX-USED-WEIGHT-1M": str(self.weight)}
        try:
            if "timestamp" in params:
                self._check(request, raw, params)
            body = self._route(request.method, path)(params)
        except Refusal as refusal:
            said = {"code": refusal.code, "msg": refusal.message}
            return httpx2.Response(refusal.status, json=said, headers=headers)
        return httpx2.Response(200, json=body, headers=headers)

    def _check(self, request: httpx2.Request, raw: bytes, params: dict[str, str]) -> None:
        if request.headers.get("X-MBX-APIKEY") != KEY:
            raise Refusal(-2015, "Invalid API-key, IP, or permissions for action.", 401)
        payload, signature = raw.split(b"&signature=")
        if hmac.new(SECRET.encode(), payload, hashlib.sha256).hexdigest() != signature.decode():
            raise Refusal(-1022, "Signature for this request is not valid.")
        behind = self.now - int(params["timestamp"])
        if behind > int(params["recvWindow"]) or behind < -1_000:
            raise Refusal(-1021, "Timestamp for this request is outside of the recvWindow.")

    def _route(self, method: str, path: str) -> Callable[[dict[str, str]], Any]:
        routes: dict[tuple[str, str], Callable[[dict[str, str]], Any]] = {
            ("GET", "/time"): lambda _: {"serverTime": self.now},
            ("GET", "/exchangeInfo"): self._exchange_info,
            ("GET", "/klines"): self._klines,
            ("GET", "/ticker/price"): self._ticker,
            ("GET", "/account"): lambda _: {
                "canTrade": self.can_trade,
                "balances": self._wallet(),
            },
            ("GET", "/allOrders"): lambda _: [] if self.hides_orders else self.orders,
            ("GET", "/myTrades"): self._my_trades,
            ("GET", "/openOrders"): lambda _: [o for o in self.orders if o["status"] == "NEW"],
            ("GET", "/order"): self._find,
            ("GET", "/orderList"): self._find_list,
            ("POST", "/order"): self._new_order,
            ("POST", "/orderList/oco"): self._new_pair,
            ("DELETE", "/order"): self._cancel,
            ("DELETE", "/orderList"): self._cancel_list,
        }
        return routes[method, path]

    # ------------------------------------------------------------ the market

    def _exchange_info(self, params: dict[str, str]) -> Any:
        if params.get("symbol", "BTCUSDT") != "BTCUSDT":
            raise Refusal(-1121, "Invalid symbol.")
        return {"serverTime": self.now, "symbols": [SYMBOL], "rateLimits": []}

    def _klines(self, params: dict[str, str]) -> Any:
        if params["symbol"] == "BNBUSDT":
            return [self._row(self.now, 60_000, "600")]
        if params["symbol"] != "BTCUSDT":
            raise Refusal(-1121, "Invalid symbol.")
        length = {"1s": 1_000, "1m": 60_000, "5m": 300_000}[params["interval"]]
        newest = min(int(params.get("endTime", self.now)), self.now) // length * length
        first = newest - (int(params["limit"]) - 1) * length
        start = self.now // length * length - 1_499 * length  # 1,499 closed candles exist
        return [
            self._row(at, length, str(40_000 + at // length % 997))
            for at in range(max(first, start), newest + 1, length)
        ]

    @staticmethod
    def _row(at: int, length: int, price: str) -> list[Any]:
        opened = at // length * length
        return [opened, price, price, price, price, "1", opened + length - 1, "1", 1, "0", "0", "0"]

    def _ticker(self, params: dict[str, str]) -> Any:
        everything = [{"symbol": "BTCUSDT", "price": str(self.price)}]
        if "symbol" not in params:
            return everything
        if params["symbol"] != "BTCUSDT":
            raise Refusal(-1121, "Invalid symbol.")
        return everything[0]

    # ------------------------------------------------------------ orders

    def _wallet(self) -> list[dict[str, str]]:
        return [
            {"asset": asset, "free": str(free), "locked": str(locked)}
            for asset, (free, locked) in self.balances.items()
        ]

    def _find(self, params: dict[str, str]) -> dict[str, Any]:
        for order in reversed(self.orders):
            if params.get("origClientOrderId") == order["clientOrderId"] or params.get(
                "orderId"
            ) == str(order["orderId"]):
                return order
        raise Refusal(-2013, "Order does not exist.")

    def _find_list(self, params: dict[str, str]) -> dict[str, Any]:
        name = params.get("origClientOrderId", params.get("listClientOrderId"))
        for found in self.lists:
            if found["listClientOrderId"] == name:
                return found
        raise Refusal(-2013, "Order does not exist.")

    def _my_trades(self, params: dict[str, str]) -> list[dict[str, Any]]:
        if "orderId" in params:
            return [t for t in self.trades if str(t["orderId"]) == params["orderId"]]
        if "startTime" in params:
            return [t for t in self.trades if t["time"] >= int(params["startTime"])]
        return [t for t in self.trades if t["id"] >= int(params["fromId"])][: int(params["limit"])]

    def _new_order(self, params: dict[str, str]) -> dict[str, Any]:
        if any(
            o["clientOrderId"] == params["newClientOrderId"] and o["status"] == "NEW"
            for o in self.orders
        ):
            raise Refusal(-2010, "Duplicate order sent.")
        order = self._make(params, params["type"], params["newClientOrderId"])
        if params["type"] == "MARKET":
            self._fill(order, self.price)
        return self._report(order)

    def _new_pair(self, params: dict[str, str]) -> dict[str, Any]:
        if not Decimal(params["abovePrice"]) > self.price > Decimal(params["belowStopPrice"]):
            raise Refusal(-2010, "The relationship of the prices for the orders is not correct.")
        number = len(self.lists)
        above = {"price": params["abovePrice"]}
        below = {"stopPrice": params["belowStopPrice"], "price": params.get("belowPrice", "0")}
        legs = [
            self._make(params | below, params["belowType"], params["belowClientOrderId"], number),
            self._make(params | above, params["aboveType"], params["aboveClientOrderId"], number),
        ]
        names = ("symbol", "orderId", "clientOrderId")
        made = {
            "orderListId": number,
            "listClientOrderId": params["listClientOrderId"],
            "symbol": params["symbol"],
            "orders": [{name: leg[name] for name in names} for leg in legs],
        }
        self.lists.append(made)
        return made | {"orderReports": [self._report(leg) for leg in legs]}

    def _make(
        self, params: dict[str, str], kind: str, name: str, list_id: int = -1
    ) -> dict[str, Any]:
        quantity = Decimal(params.get("quantity") or Decimal(params["quoteOrderQty"]) / self.price)
        quantity = quantity.quantize(Decimal("0.00001"))
        owned = self.balances.get("BTC", [Decimal(0)])[0]
        spendable = self.balances["USDT"][0]
        if quantity > owned if params["side"] == "SELL" else quantity * self.price > spendable:
            raise Refusal(-2010, "Account has insufficient balance for requested action.")
        order = {
            "symbol": params["symbol"],
            "orderId": len(self.orders) + 1,
            "orderListId": list_id,
            "clientOrderId": name,
            "price": params.get("price", "0"),
            "stopPrice": params.get("stopPrice", "0"),
            "origQty": str(quantity),
            "executedQty": "0",
            "cummulativeQuoteQty": "0",
            "status": "NEW",
            "type": kind,
            "side": params["side"],
            "time": self.now,
            "updateTime": self.now,
        }
        self.orders.append(order)
        return order

    def _fill(self, order: dict[str, Any], price: Decimal) -> None:
        quantity = Decimal(order["origQty"])
        buys = order["side"] == "BUY"
        gained, paid = ("BTC", "USDT") if buys else ("USDT", "BTC")
        value = quantity * price
        amounts = {"BTC": quantity, "USDT": value}
        fee_asset = self.fee_asset or gained
        fee = value / 600 * Decimal("0.00075") if self.fee_asset else amounts[gained] / 1_000
        self.balances.setdefault(gained, [Decimal(0), Decimal(0)])[0] += amounts[gained]
        self.balances[paid][0] -= amounts[paid]
        self.balances.setdefault(fee_asset, [Decimal(1), Decimal(0)])[0] -= fee
        order.update(status="FILLED", executedQty=str(quantity), cummulativeQuoteQty=str(value))
        trade = {
            "symbol": order["symbol"],
            "id": len(self.trades) + 1,
            "orderId": order["orderId"],
            "price": str(price),
            "qty": str(quantity),
            "quoteQty": str(value),
            "commission": str(fee),
            "commissionAsset": fee_asset,
            "time": self.now,
            "isBuyer": buys,
            "isMaker": False,
        }
        self.trades.append(trade)

    def _report(self, order: dict[str, Any]) -> dict[str, Any]:
        fills = [
            {"tradeId": t["id"]}
            | {k: t[k] for k in ("price", "qty", "commission", "commissionAsset")}
            for t in self.trades
            if t["orderId"] == order["orderId"]
        ]
        report = {k: v for k, v in order.items() if k not in ("time", "updateTime")}
        return report | {"transactTime": self.now, "fills": fills}

    def _cancel(self, params: dict[str, str]) -> dict[str, Any]:
        try:
            order = self._find(params)
        except Refusal:
            raise Refusal(-2011, "Unknown order sent.") from None
        if order["status"] in FINAL:
            raise Refusal(-2011, "Unknown order sent.")
        order["status"] = "CANCELED"
        own = {"clientOrderId": "the-cancel", "origClientOrderId": order["clientOrderId"]}
        return self._report(order) | own

    def _cancel_list(self, params: dict[str, str]) -> dict[str, Any]:
        found = self._find_list(params)
        legs = [self._find({"orderId": str(leg["orderId"])}) for leg in found["orders"]]
        if all(leg["status"] in FINAL for leg in legs):
            raise Refusal(-2011, "Unknown order list sent.")
        for leg in legs:
            if leg["status"] not in FINAL:
                leg["status"] = "CANCELED"
        return found | {"orderReports": [self._report(leg) for leg in legs]}


def html(status: int) -> httpx2.Response:
    """An answer of something in front of the exchange."""
    return httpx2.Response(status, text="<html><body>Bad gateway</body></html>")


def error(status: int, code: int, **headers: str) -> httpx2.Response:
    """A refusal in the exchange's own form."""
    return httpx2.Response(status, text=json.dumps({"code": code, "msg": "no"}), headers=headers)
