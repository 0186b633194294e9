"""How orders, lists and trades are written in an answer (Binance spot docs)."""

from collections.abc import Iterable, Sequence
from typing import Any

from tradefleet.exchange.books.amendments import Amendment
from tradefleet.exchange.books.lists import OrderList
from tradefleet.exchange.books.orders import STOPS, Order, Trade
from tradefleet.exchange.books.prevented import PreventedMatch
from tradefleet.exchange.decimals import amount
from tradefleet.exchange.self_trades import NO_TRADE_GROUP

View = dict[str, Any]


def ack(order: Order) -> View:
    """Return the shortest answer to a new order."""
    return {
        "symbol": order.symbol,
        "orderId": order.id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_id,
        "transactTime": order.updated_at,
    }


def placed(
    order: Order,
    response: str,
    trades: Iterable[Trade] = (),
    prevented: Sequence[PreventedMatch] = (),
) -> View:
    """Return the answer to a new order, as long as was asked for.

    Args:
        order: as it is after all it caused.
        response: `ACK`, `RESULT` or `FULL`.
        trades: its executions.
        prevented: what it met of its own account as a taker.
    """
    if response == "ACK":
        return ack(order)
    view = ack(order) | state(order) | {"workingTime": order.working_at}
    if response == "FULL":
        view["fills"] = [_fill(trade) for trade in trades]
    if prevented:
        view["preventedMatches"] = [_prevented(match) for match in prevented]
    return view


def prevented_view(match: PreventedMatch) -> View:
    """Return one line of GET /myPreventedMatches."""
    return {
        "symbol": match.symbol,
        "takerOrderId": match.taker_order_id,
        "tradeGroupId": NO_TRADE_GROUP,
        "selfTradePreventionMode": match.mode,
        "transactTime": match.time,
        **_prevented(match),
    }


def _prevented(match: PreventedMatch) -> View:
    view: View = {
        "preventedMatchId": match.id,
        "makerSymbol": match.symbol,
        "makerOrderId": match.maker_order_id,
        "price": amount(match.price),
    }
    if match.taker_quantity:
        view["takerPreventedQuantity"] = amount(match.taker_quantity)
    if match.maker_quantity:
        view["makerPreventedQuantity"] = amount(match.maker_quantity)
    return view


def queried(order: Order) -> View:
    """Return the answer to a query of an order."""
    view = {
        "symbol": order.symbol,
        "orderId": order.id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_id,
        **state(order),
        "stopPrice": amount(order.stop_price),
        "icebergQty": amount(order.iceberg_quantity),
        "time": order.time,
        "updateTime": order.updated_at,
        "isWorking": order.working_at >= 0,
        "workingTime": order.working_at,
    }
    if order.prevented:
        view["preventedMatchId"] = order.prevented_match_id
    return view


def cancelled(order: Order, cancel_id: str) -> View:
    """Return the answer to a cancelled order."""
    names = {"origClientOrderId": order.client_id, "clientOrderId": cancel_id}
    return ack(order) | names | state(order)


def amended(order: Order, amendment: Amendment) -> View:
    """Return the answer to an order that was made smaller; its words are not those elsewhere."""
    view: View = {
        "symbol": order.symbol,
        "orderId": order.id,
        "orderListId": order.list_id,
        "origClientOrderId": amendment.old_client_id,
        "clientOrderId": order.client_id,
        "price": amount(order.price),
        "qty": amount(order.quantity),
        "executedQty": amount(order.executed),
        "preventedQty": amount(order.prevented),
        "quoteOrderQty": amount(order.quote_quantity),
        "cumulativeQuoteQty": amount(order.executed_quote),
        "status": order.status,
        "timeInForce": order.time_in_force,
        "type": order.type,
        "side": order.side,
    }
    if order.working_at >= 0:
        view["workingTime"] = order.working_at
    view["selfTradePreventionMode"] = order.stp_mode
    return {
        "transactTime": amendment.time,
        "executionId": amendment.execution_id,
        "amendedOrder": view | _conditional(order),
    }


def amendment_view(amendment: Amendment) -> View:
    """Return one line of GET /order/amendments."""
    return {
        "symbol": amendment.symbol,
        "orderId": amendment.order_id,
        "executionId": amendment.execution_id,
        "origClientOrderId": amendment.old_client_id,
        "newClientOrderId": amendment.client_id,
        "origQty": amount(amendment.old_quantity),
        "newQty": amount(amendment.quantity),
        "time": amendment.time,
    }


def state(order: Order) -> View:
    """Return the part that all longer answers share."""
    view: View = {
        "price": amount(order.price),
        "executedQty": amount(order.executed),
        "origQuoteOrderQty": amount(order.quote_quantity),
        "cummulativeQuoteQty": amount(order.executed_quote),
        "status": order.status,
        "timeInForce": order.time_in_force,
        "type": order.type,
        "side": order.side,
        "selfTradePreventionMode": order.stp_mode,
    }
    if order.quantity:  # a pending order that will sell what another one buys has none yet
        view["origQty"] = amount(order.quantity)
    if order.prevented:
        view["preventedQuantity"] = amount(order.prevented)
    return view | _conditional(order)


def _conditional(order: Order) -> View:
    """Return what is told of some orders only."""
    view: View = {}
    if order.type in STOPS:
        view["stopPrice"] = amount(order.stop_price)
    if order.iceberg_quantity:
        view["icebergQty"] = amount(order.iceberg_quantity)
    if order.trailing_delta:
        view["trailingDelta"] = order.trailing_delta
        view["trailingTime"] = order.trailing_at
    if order.strategy_id:
        view["strategyId"] = order.strategy_id
    if order.strategy_type:
        view["strategyType"] = order.strategy_type
    if order.expiry_reason:
        view["expiryReason"] = order.expiry_reason
    return view


def list_view(order_list: OrderList, orders: Iterable[Order]) -> View:
    """Return the answer about a list, without reports of its orders."""
    return {
        "orderListId": order_list.id,
        "contingencyType": order_list.contingency,
        "listStatusType": order_list.status_type,
        "listOrderStatus": order_list.order_status,
        "listClientOrderId": order_list.client_id,
        "transactionTime": order_list.updated_at,
        "symbol": order_list.symbol,
        "orders": [
            {"symbol": order.symbol, "orderId": order.id, "clientOrderId": order.client_id}
            for order in orders
        ],
    }


def traded(trade: Trade) -> View:
    """Return one line of GET /myTrades."""
    return {
        "symbol": trade.symbol,
        "id": trade.id,
        "orderId": trade.order_id,
        "orderListId": trade.list_id,
        "price": amount(trade.price),
        "qty": amount(trade.quantity),
        "quoteQty": amount(trade.quote),
        "commission": amount(trade.fee),
        "commissionAsset": trade.fee_asset,
        "time": trade.time,
        "isBuyer": trade.side == "BUY",
        "isMaker": trade.is_maker,
        "isBestMatch": True,
    }


def _fill(trade: Trade) -> View:
    return {
        "price": amount(trade.price),
        "qty": amount(trade.quantity),
        "commission": amount(trade.fee),
        "commissionAsset": trade.fee_asset,
        "tradeId": trade.id,
    }
