"""Facts as rows and back again: entries of the ledger, intents, decisions, trades."""

from typing import Any

from tradefleet.adapters.store.codec import dump, load
from tradefleet.adapters.store.statement import Row
from tradefleet.domain.ledger import DustBooked, Entry, FillBooked
from tradefleet.domain.order import Fill, OrderRequest, ProtectionRequest, Purpose, Side
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.domain.signal import Reason
from tradefleet.ports.journal import Decision, Intent, IntentState

_NO_FILL = dict.fromkeys(
    (
        *("time", "symbol", "trade_id", "order_id", "side", "price", "quantity", "quote_quantity"),
        *("fee", "fee_asset", "fee_quote", "is_maker", "reason"),
    )
)


def entry_values(entry: Entry) -> dict[str, Any]:
    """Return the columns of a ledger entry; dust is an entry without a trade id."""
    if isinstance(entry, DustBooked):
        return {**_NO_FILL, "time": entry.time}
    fill = entry.fill
    return {
        "time": fill.time,
        "symbol": fill.symbol,
        "trade_id": fill.trade_id,
        "order_id": fill.order_id,
        "side": fill.side.value,
        "price": fill.price,
        "quantity": fill.quantity,
        "quote_quantity": fill.quote_quantity,
        "fee": fill.fee,
        "fee_asset": fill.fee_asset,
        "fee_quote": fill.fee_quote,
        "is_maker": fill.is_maker,
        "reason": entry.reason.value,
    }


def entry_of(row: Row) -> Entry:
    """Return the ledger entry of a row."""
    if row.trade_id is None:
        return DustBooked(row.time)
    return FillBooked(fill_of(row), ExitReason(row.reason))


def fill_of(row: Row) -> Fill:
    """Return the fill of an entry's row; `ValueError` where it never was one."""
    if row.quantity < 0 or row.price < 0:
        raise ValueError(f"trade {row.trade_id} of {row.quantity} at {row.price}")
    return Fill(
        symbol=row.symbol,
        trade_id=row.trade_id,
        order_id=row.order_id,
        side=Side(row.side),
        price=row.price,
        quantity=row.quantity,
        quote_quantity=row.quote_quantity,
        fee=row.fee,
        fee_asset=row.fee_asset,
        time=row.time,
        fee_quote=row.fee_quote,
        is_maker=row.is_maker,
    )


def intent_values(intent: Intent) -> dict[str, Any]:
    """Return the columns of an intent."""
    request = intent.request
    if isinstance(request, ProtectionRequest):
        name = request.list_client_order_id
    else:
        name = request.client_order_id
    return {
        "sequence": intent.sequence,
        "purpose": intent.purpose.value,
        "client_order_id": name,
        "request": dump(request),
        "created_at": intent.created_at,
        "state": intent.state.value,
        "detail": intent.detail,
        "exit_reason": intent.exit_reason.value,
        "stop_loss": intent.stop_loss,
        "take_profit": intent.take_profit,
        "naked_ms": intent.naked_ms,
    }


def intent_of(row: Row) -> Intent:
    """Return the intent of a row."""
    kind: type[OrderRequest | ProtectionRequest] = OrderRequest
    if "list_client_order_id" in row.request:
        kind = ProtectionRequest
    return Intent(
        sequence=row.sequence,
        purpose=Purpose(row.purpose),
        request=load(kind, row.request),
        created_at=row.created_at,
        state=IntentState(row.state),
        detail=row.detail,
        exit_reason=ExitReason(row.exit_reason),
        stop_loss=row.stop_loss,
        take_profit=row.take_profit,
        naked_ms=row.naked_ms,
    )


def decision_values(decision: Decision) -> dict[str, Any]:
    """Return the columns of a decision record."""
    return {
        "close_time": decision.close_time,
        "at": decision.at,
        "action": decision.action,
        "outcome": decision.outcome,
        "sentence": decision.sentence,
        "price": decision.price,
        "reasons": dump(decision.reasons),
        "values": dump(decision.values),
    }


def decision_of(row: Row) -> Decision:
    """Return the decision record of a row; values that were not numbers are left out."""
    return Decision(
        close_time=row.close_time,
        at=row.at,
        action=row.action,
        outcome=row.outcome,
        sentence=row.sentence,
        price=row.price,
        reasons=tuple(load(Reason, reason) for reason in row.reasons),
        values={name: value for name, value in row.values.items() if value is not None},
    )


def trade_values(trade: Trade) -> dict[str, Any]:
    """Return the columns of a closed trade."""
    return {name: getattr(trade, name) for name in Trade._fields if name != "exit_reason"} | {
        "exit_reason": trade.exit_reason.value
    }


def trade_of(row: Row) -> Trade:
    """Return the closed trade of a row."""
    values = {name: row.by_name[name] for name in Trade._fields}
    return Trade(**(values | {"exit_reason": ExitReason(row.exit_reason)}))
