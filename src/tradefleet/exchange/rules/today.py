"""An entry of exchangeInfo as Binance writes it today, for symbols whose rules are made here."""

from typing import Any

from tradefleet.domain.instrument import Instrument, plain
from tradefleet.exchange.decimals import ZERO, amount
from tradefleet.exchange.info.symbol_rules import SymbolRules
from tradefleet.exchange.self_trades import DEFAULT_STP, STP_MODES

AVERAGE_MINUTES = 5
_MOST_LISTS, _MOST_AMENDS, _MOST_ICEBERG_PARTS = 20, 10, 100
_TRAILING = {  # basis points
    "minTrailingAboveDelta": 10,
    "maxTrailingAboveDelta": 2000,
    "minTrailingBelowDelta": 10,
    "maxTrailingBelowDelta": 2000,
}


def rules_of(instrument: Instrument) -> SymbolRules:
    """Return an instrument with everything else as Binance has it for a large coin today."""
    base, quote = instrument.base_precision, instrument.quote_precision
    return SymbolRules.read(
        {
            "symbol": instrument.symbol,
            "status": instrument.status,
            "baseAsset": instrument.base,
            "baseAssetPrecision": base,
            "quoteAsset": instrument.quote,
            "quotePrecision": quote,
            "quoteAssetPrecision": quote,
            "baseCommissionPrecision": base,
            "quoteCommissionPrecision": quote,
            "orderTypes": sorted(instrument.order_types),
            "icebergAllowed": True,
            "ocoAllowed": instrument.oco_allowed,
            "otoAllowed": instrument.oto_allowed,
            "opoAllowed": instrument.opo_allowed,
            "quoteOrderQtyMarketAllowed": instrument.quote_quantity_allowed,
            "allowTrailingStop": True,
            "cancelReplaceAllowed": True,
            "amendAllowed": True,
            "pegInstructionsAllowed": False,
            "isSpotTradingAllowed": instrument.spot_allowed,
            "isMarginTradingAllowed": False,
            "filters": _filters(instrument),
            "permissions": [],
            "permissionSets": [["SPOT"]],
            "defaultSelfTradePreventionMode": DEFAULT_STP,
            "allowedSelfTradePreventionModes": list(STP_MODES),
        }
    )


def _filters(instrument: Instrument) -> list[dict[str, Any]]:
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": amount(instrument.min_price),
            "maxPrice": amount(instrument.max_price),
            "tickSize": amount(instrument.tick_size),
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": amount(instrument.min_quantity),
            "maxQty": amount(instrument.max_quantity),
            "stepSize": amount(instrument.lot_step),
        },
        {"filterType": "ICEBERG_PARTS", "limit": _MOST_ICEBERG_PARTS},
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": amount(ZERO),
            "maxQty": amount(instrument.max_market_quantity),
            "stepSize": amount(ZERO),
        },
        {"filterType": "TRAILING_DELTA", **_TRAILING},
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": plain(instrument.bid_multipliers[1]),
            "bidMultiplierDown": plain(instrument.bid_multipliers[0]),
            "askMultiplierUp": plain(instrument.ask_multipliers[1]),
            "askMultiplierDown": plain(instrument.ask_multipliers[0]),
            "avgPriceMins": AVERAGE_MINUTES,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": amount(instrument.min_notional),
            "applyMinToMarket": instrument.min_notional_for_market,
            "maxNotional": amount(instrument.max_notional),
            "applyMaxToMarket": instrument.max_notional_for_market,
            "avgPriceMins": AVERAGE_MINUTES,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": instrument.max_orders},
        {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": _MOST_LISTS},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": instrument.max_stop_orders},
        {"filterType": "MAX_NUM_ORDER_AMENDS", "maxNumOrderAmends": _MOST_AMENDS},
    ]
