"""What a request for new orders says, in the exchange's names.

Source: Binance spot docs, rest-api.md (new order, order lists).
"""

from tradefleet.domain.order import OrderRequest, OrderType, ProtectionRequest, Purpose, Side
from tradefleet.domain.plan import protection_type

Params = dict[str, object]

_NEED_TIME = (OrderType.LIMIT, OrderType.STOP_LOSS_LIMIT, OrderType.TAKE_PROFIT_LIMIT)


def of_order(request: OrderRequest) -> Params:
    """Return the parameters of a new order."""
    params: Params = {
        "symbol": request.symbol,
        "side": request.side.value,
        "type": request.type.value,
        "newClientOrderId": request.client_order_id,
        "newOrderRespType": "FULL",
    }
    if request.type in _NEED_TIME:
        params["timeInForce"] = "GTC"
    amounts = {
        "quantity": request.quantity,
        "quoteOrderQty": request.quote_quantity,
        "price": request.price,
        "stopPrice": request.stop_price,
    }
    return params | {name: value for name, value in amounts.items() if value is not None}


def of_single(request: ProtectionRequest) -> Params:
    """Return the one order of a protection without stop or without target.

    A lone target is a plain LIMIT, not a LIMIT_MAKER: where the market is already beyond it, it
    sells at once instead of being refused.
    """
    only = OrderRequest(
        client_order_id=request.list_client_order_id,
        symbol=request.symbol,
        side=Side.SELL,
        type=OrderType.LIMIT if request.stop_price is None else protection_type(request),
        purpose=Purpose.PROTECTION,
        quantity=request.quantity,
        price=request.target_price if request.stop_price is None else request.stop_limit_price,
        stop_price=request.stop_price,
    )
    return of_order(only)


def of_replacement(old: ProtectionRequest, new: ProtectionRequest) -> Params:
    """Return the parameters of a cancelReplace: a lone stop goes, another one comes.

    Only as long as nothing of the old one was filled: the new one is for all that is held.
    """
    return of_single(new) | {
        "cancelReplaceMode": "STOP_ON_FAILURE",
        "cancelOrigClientOrderId": working_name(old),
        "cancelRestrictions": "ONLY_NEW",
    }


def working_name(request: ProtectionRequest) -> str:
    """Return the client order id of the order of a protection with one level."""
    if request.is_single:
        return request.list_client_order_id
    is_stop = request.stop_price is not None
    return request.stop_client_order_id if is_stop else request.target_client_order_id


def of_pair(request: ProtectionRequest) -> Params:
    """Return the parameters of an OCO list: a target above, a stop below."""
    return {
        "symbol": request.symbol,
        "listClientOrderId": request.list_client_order_id,
        "side": Side.SELL.value,
        "quantity": request.quantity,
        **{name[0].lower() + name[1:]: value for name, value in _legs(request).items()},
        "newOrderRespType": "FULL",
    }


def of_entry(entry: OrderRequest, request: ProtectionRequest) -> Params:
    """Return the parameters of a limit buy, and of target and stop for its coins.

    With both it is an OTOCO list, with one of them an OTO list.
    """
    is_pair = request.stop_price is not None and request.target_price is not None
    legs = _legs(request) if is_pair else _lone_leg(request)
    return {
        "symbol": request.symbol,
        "listClientOrderId": request.list_client_order_id,
        "workingType": entry.type.value,
        "workingSide": entry.side.value,
        "workingClientOrderId": entry.client_order_id,
        "workingPrice": entry.price,
        "workingQuantity": entry.quantity,
        "workingTimeInForce": "GTC",
        "pendingSide": Side.SELL.value,
        "pendingQuantity": request.quantity,
        **{f"pending{name}": value for name, value in legs.items()},
        "newOrderRespType": "FULL",
    }


def _lone_leg(request: ProtectionRequest) -> Params:
    if request.stop_price is None:
        return {
            "Type": OrderType.LIMIT.value,
            "ClientOrderId": request.target_client_order_id,
            "Price": request.target_price,
            "TimeInForce": "GTC",
        }
    leg: Params = {
        "Type": protection_type(request).value,
        "ClientOrderId": request.stop_client_order_id,
        "StopPrice": request.stop_price,
    }
    if request.stop_limit_price is not None:
        leg |= {"Price": request.stop_limit_price, "TimeInForce": "GTC"}
    return leg


def _legs(request: ProtectionRequest) -> Params:
    legs: Params = {
        "AboveType": OrderType.LIMIT_MAKER.value,
        "AboveClientOrderId": request.target_client_order_id,
        "AbovePrice": request.target_price,
        "BelowType": protection_type(request).value,
        "BelowClientOrderId": request.stop_client_order_id,
        "BelowStopPrice": request.stop_price,
    }
    if request.stop_limit_price is not None:
        legs |= {"BelowPrice": request.stop_limit_price, "BelowTimeInForce": "GTC"}
    return legs
