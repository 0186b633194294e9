"""The coins of the synthetic market: their rules as the real exchange has them, their character.

Rules: exchangeInfo of Binance spot. Volatility, activity and spread: rounded from what these
coins show in ordinary times.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import Instrument, plain
from tradefleet.exchange.info.symbol_rules import ExchangeRules

ORDER_TYPES = frozenset(
    {
        "LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT",
        "TAKE_PROFIT_LIMIT",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coin:
    """A coin against USDT.

    Attributes:
        price: where a new market begins, USDT.
        price_decimals, quantity_decimals: of one tick and one lot.
        max_price, max_quantity: the limits of its filters.
        volatility: of a year, in ordinary times (0.5 = 50 %).
        common: correlation with the market as a whole.
        turnover: USDT a minute.
        trades: a minute.
        spread: usual distance of bid and ask, ticks.
    """

    base: str
    price: str
    price_decimals: int
    quantity_decimals: int
    max_price: int
    max_quantity: int
    volatility: float
    common: float
    turnover: float
    trades: int
    spread: int = 1

    @property
    def symbol(self) -> str:
        """The name of its market."""
        return f"{self.base}USDT"


COINS = (
    Coin("BTC", "104250.00", 2, 5, 1_000_000, 9_000, 0.50, 0.96, 1_400_000, 700),
    Coin("ETH", "3480.00", 2, 4, 1_000_000, 9_000, 0.66, 0.95, 1_000_000, 560),
    Coin("BNB", "912.00", 2, 3, 100_000, 90_000, 0.55, 0.86, 160_000, 220, 2),
    Coin("SOL", "164.00", 2, 3, 10_000, 90_000, 0.80, 0.88, 420_000, 360),
    Coin("XRP", "2.3100", 4, 1, 10_000, 9_222_449, 0.78, 0.80, 360_000, 320),
    Coin("DOGE", "0.17450", 5, 0, 1_000, 9_000_000, 0.90, 0.80, 240_000, 280),
    Coin("ADA", "0.5620", 4, 1, 1_000, 9_000_000, 0.82, 0.82, 110_000, 190),
    Coin("LINK", "15.60", 2, 2, 20_000, 90_000, 0.85, 0.82, 90_000, 170),
    Coin("AVAX", "17.20", 2, 2, 10_000, 90_000, 0.88, 0.84, 80_000, 160),
    Coin("LTC", "96.40", 2, 3, 100_000, 90_000, 0.72, 0.78, 90_000, 170),
    Coin("TRX", "0.2950", 4, 1, 1_000, 9_000_000, 0.45, 0.55, 70_000, 140),
    Coin("DOT", "2.910", 3, 2, 10_000, 90_000, 0.84, 0.84, 50_000, 140),
)


def instrument(coin: Coin) -> Instrument:
    """Return the symbol with its rules."""
    tick = Decimal(1).scaleb(-coin.price_decimals)
    lot = Decimal(1).scaleb(-coin.quantity_decimals)
    turnover_lots = int(Decimal(coin.turnover) * 10 / Decimal(coin.price) / lot)
    return Instrument(
        symbol=coin.symbol,
        base=coin.base,
        quote="USDT",
        tick_size=tick,
        min_price=tick,
        max_price=Decimal(coin.max_price),
        lot_step=lot,
        min_quantity=lot,
        max_quantity=Decimal(coin.max_quantity),
        max_market_quantity=min(Decimal(coin.max_quantity), turnover_lots * lot),
        min_notional=Decimal(5),
        max_notional=Decimal(9_000_000),
        bid_multipliers=(Decimal("0.2"), Decimal(5)),
        ask_multipliers=(Decimal("0.2"), Decimal(5)),
        order_types=ORDER_TYPES,
        oto_allowed=True,
        opo_allowed=True,
        max_orders=200,
        max_stop_orders=5,
    )


def by_rules(coins: Iterable[Coin], rules: ExchangeRules) -> tuple[Coin, ...]:
    """Return the coins that there are rules for, with the ticks and lots of those.

    Raises:
        InputError: there are rules for none, or a tick or lot is no power of ten.
    """
    found = []
    for coin in coins:
        known = rules.symbols.get(coin.symbol)
        if known is not None:
            tick, lot = known.instrument.tick_size, known.instrument.lot_step
            price = _places(coin, tick, "tick", coin.price_decimals)
            quantity = _places(coin, lot, "lot", coin.quantity_decimals)
            found.append(replace(coin, price_decimals=price, quantity_decimals=quantity))
    if not found:
        raise InputError(
            "the rules are for none of the synthetic market's symbols"
            f" ({', '.join(coin.symbol for coin in COINS)})",
            field="rules",
        )
    return tuple(found)


def _places(coin: Coin, step: Decimal, what: str, usual: int) -> int:
    """Return how many decimals a grid has."""
    if not step:
        return usual
    places = -step.adjusted()
    if step != Decimal(1).scaleb(-places) or places < 0:
        raise InputError(
            f"the synthetic market needs a {what} of {coin.symbol} that is 1 or a decimal place,"
            f" was {plain(step)}",
            field="rules",
        )
    return places
