"""The instrument: a symbol and the rules its orders must obey.

Rounding always goes toward less exposure: quantities down, a stop up, a target down.
The arithmetic is exact (`Decimal`); a rule whose limit is zero is switched off, as in
the exchange's own filters (Binance spot docs, filters.md).
"""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

ZERO = Decimal(0)
TRADING = "TRADING"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A tradeable symbol.

    Attributes:
        status: the exchange's word; only `TRADING` may be entered, an unknown word may not.
        tick_size: prices are multiples of it; 0 = free.
        lot_step: quantities are multiples of it; 0 = free.
        min_quantity, max_quantity: of any order, in base; 0 = no limit.
        max_market_quantity: further limit of market orders, in base; 0 = no limit.
        min_notional, max_notional: price times quantity, in quote; 0 = no limit.
        min_notional_for_market, max_notional_for_market: whether they bind market orders.
        bid_multipliers, ask_multipliers: (down, up) around the average price, for buys and
            sells; 0 = no limit.
        base_precision, quote_precision: decimals the exchange keeps of each asset.
        order_types: the exchange's names, such as `STOP_LOSS_LIMIT`.
        max_stop_orders: resting stop and target orders of one account; 0 = no limit.
    """

    symbol: str
    base: str
    quote: str
    status: str = TRADING
    tick_size: Decimal = ZERO
    min_price: Decimal = ZERO
    max_price: Decimal = ZERO
    lot_step: Decimal = ZERO
    min_quantity: Decimal = ZERO
    max_quantity: Decimal = ZERO
    max_market_quantity: Decimal = ZERO
    min_notional: Decimal = ZERO
    max_notional: Decimal = ZERO
    min_notional_for_market: bool = True
    max_notional_for_market: bool = False
    bid_multipliers: tuple[Decimal, Decimal] = (ZERO, ZERO)
    ask_multipliers: tuple[Decimal, Decimal] = (ZERO, ZERO)
    base_precision: int = 8
    quote_precision: int = 8
    order_types: frozenset[str] = frozenset({"LIMIT", "MARKET", "STOP_LOSS_LIMIT"})
    oco_allowed: bool = True
    oto_allowed: bool = False
    opo_allowed: bool = False
    replace_allowed: bool = False
    quote_quantity_allowed: bool = True
    spot_allowed: bool = True
    max_orders: int = 0
    max_stop_orders: int = 0

    @property
    def largest_market_quantity(self) -> Decimal:
        """The most base one market order may trade; 0 = no limit."""
        limits = (self.max_quantity, self.max_market_quantity)
        return min((limit for limit in limits if limit), default=ZERO)

    def floor_quantity(self, quantity: Decimal) -> Decimal:
        """Return the largest sellable lot not above `quantity`, in base."""
        step = self.lot_step or Decimal(1).scaleb(-self.base_precision)
        return floor_to(quantity, step)

    def price_down(self, price: Decimal) -> Decimal:
        """Return the nearest legal price at or below `price`."""
        return floor_to(price, self.tick_size)

    def price_up(self, price: Decimal) -> Decimal:
        """Return the nearest legal price at or above `price`."""
        return ceil_to(price, self.tick_size)

    def why_not_tradeable(self) -> str:
        """Return the reason no entry is possible, or an empty text if it is."""
        if self.status != TRADING:
            return f"{self.symbol} is not trading: its status at the exchange is {self.status}"
        if not self.spot_allowed:
            return f"{self.symbol} may not be traded on the spot market"
        if "MARKET" not in self.order_types:
            return f"{self.symbol} takes no market orders"
        return ""

    def why_too_small(self, quantity: Decimal, price: Decimal) -> str:
        """Return why a market order of this size would be refused, or an empty text.

        Args:
            quantity: base, already floored to the lot step.
            price: quote per base; the average the exchange will judge by may differ a little.
        """
        if quantity <= 0 or quantity < self.min_quantity:
            least = max(self.min_quantity, self.lot_step)
            return f"the smallest lot is {plain(least)} {self.base}, was {plain(quantity)}"
        if self.min_notional_for_market and quantity * price < self.min_notional:
            return (
                f"the smallest order is worth {plain(self.min_notional)} {self.quote}, "
                f"was {plain(round_money(quantity * price))}"
            )
        return ""


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Return the largest multiple of `step` not above `value` >= 0; a step of 0 changes nothing."""
    if step <= 0:
        return value
    return value // step * step  # exact; `/` would round to 28 digits, perhaps up


def ceil_to(value: Decimal, step: Decimal) -> Decimal:
    """Return the smallest multiple of `step` not below `value` >= 0; step 0 changes nothing."""
    if step <= 0:
        return value
    floored = value // step * step
    return floored if floored == value else floored + step


def truncate(value: Decimal, decimals: int) -> Decimal:
    """Return a non-negative amount cut (not rounded) to `decimals` places, as fees are."""
    return floor_to(value, Decimal(1).scaleb(-decimals))


def round_money(value: Decimal) -> Decimal:
    """Return `value` cut to 8 decimals for display; never for the ledger."""
    return value.quantize(Decimal("1e-8"), ROUND_FLOOR).normalize() if value else ZERO


def plain(value: Decimal) -> str:
    """Return the decimal in plain notation without superfluous zeros: `0.00001`, never `1e-05`."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
