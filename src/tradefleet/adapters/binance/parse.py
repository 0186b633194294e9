"""From Binance's JSON to our own words. Pure; decimals come from the texts, never from floats.

New words of the exchange must not stop a bot: an unknown symbol status is kept and may not be
entered, an unknown order status counts as still working (so it is asked about again), an unknown
order type counts as LIMIT (only others' orders can have one).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradefleet.adapters.binance.amounts import amount, positive
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.order import Fill, Order, OrderList, OrderStatus, OrderType, Side
from tradefleet.ports.exchange import Balance

Json = Mapping[str, Any]
ZERO = Decimal(0)


# What `instrument` and the search read; the rest of an entry is three times as much.
_KEPT = frozenset(
    {
        "symbol",
        "status",
        "baseAsset",
        "quoteAsset",
        "baseAssetPrecision",
        "quoteAssetPrecision",
        "orderTypes",
        "ocoAllowed",
        "otoAllowed",
        "opoAllowed",
        "quoteOrderQtyMarketAllowed",
        "isSpotTradingAllowed",
    }
)
_KEPT_FILTERS = frozenset(
    {
        "PRICE_FILTER",
        "LOT_SIZE",
        "MARKET_LOT_SIZE",
        "NOTIONAL",
        "MIN_NOTIONAL",
        "PERCENT_PRICE",
        "PERCENT_PRICE_BY_SIDE",
        "MAX_NUM_ORDERS",
        "MAX_NUM_ALGO_ORDERS",
    }
)


def exchange_info(answer: Json) -> dict[str, Any]:
    """Return an exchangeInfo without what nobody here reads."""
    return {
        "rateLimits": answer.get("rateLimits", []),
        "symbols": [_compact(symbol) for symbol in answer["symbols"]],
    }


def _compact(symbol: Json) -> dict[str, Any]:
    filters = [f for f in symbol.get("filters", ()) if f["filterType"] in _KEPT_FILTERS]
    return {k: v for k, v in symbol.items() if k in _KEPT} | {"filters": filters}


def instruments(exchange_info: Json) -> tuple[Instrument, ...]:
    """Return the rules of every symbol of an exchangeInfo."""
    return tuple(instrument(symbol) for symbol in exchange_info["symbols"])


def instrument(symbol: Json) -> Instrument:
    """Return the rules of one entry of exchangeInfo's `symbols`."""
    filters = {entry["filterType"]: entry for entry in symbol.get("filters", ())}
    price = filters.get("PRICE_FILTER", {})
    lot = filters.get("LOT_SIZE", {})
    return Instrument(
        symbol=symbol["symbol"],
        base=symbol["baseAsset"],
        quote=symbol["quoteAsset"],
        status=symbol.get("status", "UNKNOWN"),
        tick_size=_decimal(price, "tickSize"),
        min_price=_decimal(price, "minPrice"),
        max_price=_decimal(price, "maxPrice"),
        lot_step=_decimal(lot, "stepSize"),
        min_quantity=_decimal(lot, "minQty"),
        max_quantity=_decimal(lot, "maxQty"),
        max_market_quantity=_decimal(filters.get("MARKET_LOT_SIZE", {}), "maxQty"),
        base_precision=symbol.get("baseAssetPrecision", 8),
        quote_precision=symbol.get("quoteAssetPrecision", symbol.get("quotePrecision", 8)),
        order_types=frozenset(symbol.get("orderTypes", ())),
        oco_allowed=bool(symbol.get("ocoAllowed", False)),
        oto_allowed=bool(symbol.get("otoAllowed", False)),
        opo_allowed=bool(symbol.get("opoAllowed", False)),
        replace_allowed=bool(symbol.get("cancelReplaceAllowed", False)),
        quote_quantity_allowed=bool(symbol.get("quoteOrderQtyMarketAllowed", False)),
        spot_allowed=bool(symbol.get("isSpotTradingAllowed", True)),
        max_orders=int(filters.get("MAX_NUM_ORDERS", {}).get("maxNumOrders", 0)),
        max_stop_orders=int(filters.get("MAX_NUM_ALGO_ORDERS", {}).get("maxNumAlgoOrders", 0)),
        **_notional(filters),
        **_multipliers(filters),
    )


def _notional(filters: Mapping[str, Json]) -> dict[str, Any]:
    if newer := filters.get("NOTIONAL"):
        return {
            "min_notional": _decimal(newer, "minNotional"),
            "max_notional": _decimal(newer, "maxNotional"),
            "min_notional_for_market": bool(newer.get("applyMinToMarket", True)),
            "max_notional_for_market": bool(newer.get("applyMaxToMarket", False)),
        }
    older = filters.get("MIN_NOTIONAL", {})
    return {
        "min_notional": _decimal(older, "minNotional"),
        "min_notional_for_market": bool(older.get("applyToMarket", True)),
    }


def _multipliers(filters: Mapping[str, Json]) -> dict[str, Any]:
    if by_side := filters.get("PERCENT_PRICE_BY_SIDE"):
        return {
            f"{side}_multipliers": (
                _decimal(by_side, f"{side}MultiplierDown"),
                _decimal(by_side, f"{side}MultiplierUp"),
            )
            for side in ("bid", "ask")
        }
    both = filters.get("PERCENT_PRICE", {})
    pair = (_decimal(both, "multiplierDown"), _decimal(both, "multiplierUp"))
    return {"bid_multipliers": pair, "ask_multipliers": pair}


def order(report: Json) -> Order:
    """Return an order from any answer that describes one: new, queried, cancelled or in a list.

    Its fills are those the answer brings (a new order's FULL form); their fee has no value in
    quote yet.
    """
    time = int(report.get("time", report.get("transactTime", report.get("transactionTime", 0))))
    executed = amount(report.get("executedQty", "0"))
    return Order(
        symbol=report["symbol"],
        order_id=int(report["orderId"]),
        # A cancel's answer has the cancel's own name as `clientOrderId`.
        client_order_id=report.get("origClientOrderId") or report["clientOrderId"],
        side=Side(report["side"]),
        type=_order_type(report["type"]),
        status=_order_status(report["status"], executed),
        quantity=amount(report["origQty"]),
        executed_quantity=executed,
        executed_quote=_executed_quote(report),
        time=time,
        updated_at=int(report.get("updateTime", report.get("transactTime", time))),
        order_list_id=int(report.get("orderListId", -1)),
        price=amount(report.get("price", "0")),
        stop_price=amount(report.get("stopPrice", "0")),
        fills=_new_fills(report, time),
        quote_quantity=amount(report.get("origQuoteOrderQty", "0")),
    )


def _new_fills(report: Json, time: int) -> tuple[Fill, ...]:
    return tuple(
        Fill(
            symbol=report["symbol"],
            trade_id=int(fill["tradeId"]),
            order_id=int(report["orderId"]),
            side=Side(report["side"]),
            price=positive(fill["price"]),
            quantity=amount(fill["qty"]),
            quote_quantity=amount(fill["price"]) * amount(fill["qty"]),
            fee=amount(fill["commission"]),
            fee_asset=fill["commissionAsset"],
            time=time,
        )
        for fill in report.get("fills", ())
    )


def trade(row: Json) -> Fill:
    """Return a fill from a row of myTrades; its fee has no value in quote yet."""
    return Fill(
        symbol=row["symbol"],
        trade_id=int(row["id"]),
        order_id=int(row["orderId"]),
        side=Side.BUY if row["isBuyer"] else Side.SELL,
        price=positive(row["price"]),
        quantity=amount(row["qty"]),
        quote_quantity=amount(row["quoteQty"]),
        fee=amount(row["commission"]),
        fee_asset=row["commissionAsset"],
        time=int(row["time"]),
        is_maker=bool(row["isMaker"]),
    )


def stream_fill(event: Json) -> Fill:
    """Return the fill of an executionReport (`x` is TRADE); its fee has no value in quote yet."""
    return Fill(
        symbol=event["s"],
        trade_id=int(event["t"]),
        order_id=int(event["i"]),
        side=Side(event["S"]),
        price=positive(event["L"]),
        quantity=amount(event["l"]),
        quote_quantity=amount(event["Y"]),
        fee=amount(event["n"]),
        fee_asset=event["N"] or "",
        time=int(event["T"]),
        is_maker=bool(event["m"]),
    )


def transferred(event: Json) -> Decimal:
    """Return what a balanceUpdate brought to the account; below 0 it was taken away."""
    size = amount(event["d"].removeprefix("-"))
    return -size if event["d"].startswith("-") else size


def orders(rows: Iterable[Json]) -> tuple[Order, ...]:
    """Return the orders of a list of reports."""
    return tuple(order(row) for row in rows)


def trades(rows: Iterable[Json]) -> tuple[Fill, ...]:
    """Return the fills of rows of myTrades."""
    return tuple(trade(row) for row in rows)


@dataclass(frozen=True, slots=True)
class ListHead:
    """What a query of an order list tells: which orders are in it, not how they stand."""

    order_list_id: int
    order_ids: tuple[int, ...]


def list_head(answer: Json) -> ListHead:
    """Return the head of a queried order list."""
    return ListHead(
        int(answer["orderListId"]), tuple(int(leg["orderId"]) for leg in answer["orders"])
    )


def new_list(answer: Json) -> OrderList:
    """Return an order list from the answer that created it."""
    return OrderList(
        order_list_id=int(answer["orderListId"]),
        client_order_id=answer["listClientOrderId"],
        symbol=answer["symbol"],
        orders=orders(answer["orderReports"]),
    )


def replacement(answer: Json) -> tuple[Order, Order]:
    """Return the cancelled and the new order of a cancelReplace that did both."""
    return order(answer["cancelResponse"]), order(answer["newOrderResponse"])


def cancelled(answer: Json) -> tuple[Order, ...]:
    """Return what a cancel of an order, or of a list, has ended."""
    return orders(answer.get("orderReports", (answer,)))


def balances(account: Json) -> dict[str, Balance]:
    """Return what an account holds; empty assets are left out."""
    wallet = {
        row["asset"]: Balance(amount(row["free"]), amount(row["locked"]))
        for row in account["balances"]
    }
    return {asset: held for asset, held in wallet.items() if held.free or held.locked}


def commission(answer: Json) -> Decimal:
    """Return the largest rate a buy may be charged: all kinds together, without any discount."""
    kinds = (answer[f"{kind}Commission"] for kind in ("standard", "special", "tax"))
    return sum(
        (max(_decimal(k, "maker"), _decimal(k, "taker")) + _decimal(k, "buyer") for k in kinds),
        ZERO,
    )


def rows(answer: Any) -> list[list[Any]]:
    """Return kline rows as they are; `ValueError` if they are none."""
    for row in answer:
        _check_row(row)
    return list(answer)


def _check_row(row: Any) -> None:
    if len(row) < 11 or not (isinstance(row[0], int) and isinstance(row[6], int)):
        raise ValueError(f"expected a kline row, was {str(row)[:80]}")
    for text in row[1:5]:
        positive(text)
    amount(row[5])


def day_tickers(answer: Iterable[Json]) -> dict[str, dict[str, str]]:
    """Return `price`, `change_percent` and `volume` (in quote) of the last 24 h by symbol."""
    return {
        row["symbol"]: {
            "price": row["lastPrice"],
            "change_percent": row["priceChangePercent"],
            "volume": row["quoteVolume"],
        }
        for row in answer
    }


def stream_candle(kline: Json) -> list[Any]:
    """Return a kline row, as REST has it, from the `k` of a stream's message.

    Raises:
        ValueError: its prices are none.
    """
    row = [
        kline["t"],
        *(kline[field] for field in "ohlcv"),
        kline["T"],
        kline["q"],
        kline["n"],
        kline["V"],
        kline["Q"],
        kline.get("B", "0"),
    ]
    _check_row(row)
    return row


def last_price(answer: Json) -> Decimal:
    """Return the last price of one symbol; 0 before its first trade."""
    return amount(answer["price"])


def spread(answer: Json) -> Decimal | None:
    """Return the gap of a book's best prices in percent of their middle; None if it has none."""
    bid, ask = amount(answer["bidPrice"]), amount(answer["askPrice"])
    if not 0 < bid < ask:
        return None
    return (ask - bid) / (ask + bid) * 200


def last_prices(answer: Iterable[Json]) -> dict[str, str]:
    """Return the last price of every symbol that has one."""
    return {row["symbol"]: row["price"] for row in answer if amount(row["price"])}


def _decimal(entry: Json, name: str) -> Decimal:
    return amount(entry[name]) if name in entry else ZERO


def _executed_quote(report: Json) -> Decimal:
    # Binance's older answers have -1 where it was not recorded.
    told = report.get("cummulativeQuoteQty", "0")
    return ZERO if str(told).startswith("-") else amount(told)


def _order_status(word: str, executed: Decimal) -> OrderStatus:
    try:
        return OrderStatus(word)
    except ValueError:
        return OrderStatus.PARTIALLY_FILLED if executed else OrderStatus.NEW


def _order_type(word: str) -> OrderType:
    try:
        return OrderType(word)
    except ValueError:
        return OrderType.LIMIT
