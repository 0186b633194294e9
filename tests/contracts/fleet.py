"""Bots, fills and leases as the store's contracts need them."""

from decimal import Decimal

from tradefleet.adapters.processes import LinuxProcesses
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.adapters.store.leases import SqlLeases
from tradefleet.domain.bot import Bot, BotSettings
from tradefleet.domain.ledger import FillBooked
from tradefleet.domain.order import Fill, OrderRequest, OrderType, Purpose, Side
from tradefleet.domain.position import ExitReason
from tradefleet.ports.journal import Intent

NOW = 1_760_000_000_000
PROCESSES = LinuxProcesses()


def the_leases(store: Store) -> SqlLeases:
    return SqlLeases(store, PROCESSES)


def settings(name: str = "BTC Bot", amount: str = "100", **more: object) -> BotSettings:
    return BotSettings(name, "BTCUSDT", "volatile", Decimal(amount), **more)  # type: ignore[arg-type]


def a_bot(store: Store, **more: object) -> Bot:
    return SqlBots(store).create(settings(**more), "BTC", "USDT", NOW)  # type: ignore[arg-type]


def a_journal(store: Store, bot: Bot | None = None) -> SqlJournal:
    bot = bot or a_bot(store)
    lease = the_leases(store).acquire(bot.id, PROCESSES.here("test"), NOW)
    return SqlJournal(store, bot, lease)


def a_fill(
    trade_id: int,
    side: Side = Side.BUY,
    quantity: str = "0.002",
    price: str = "50000",
    fee: str = "0",
    reason: ExitReason = ExitReason.SIGNAL,
) -> FillBooked:
    amount, at = Decimal(quantity), Decimal(price)
    bought = side is Side.BUY
    fill = Fill(
        symbol="BTCUSDT",
        trade_id=trade_id,
        order_id=trade_id + 1000,
        side=side,
        price=at,
        quantity=amount,
        quote_quantity=amount * at,
        fee=Decimal(fee),
        fee_asset="BTC" if bought else "USDT",
        time=NOW + trade_id,
        fee_quote=Decimal(fee) * (at if bought else 1),
    )
    return FillBooked(fill, reason)


def an_intent(sequence: int) -> Intent:
    request = OrderRequest(
        client_order_id=f"tfp-k7x2-1-1-{sequence}-B",
        symbol="BTCUSDT",
        side=Side.BUY,
        type=OrderType.MARKET,
        purpose=Purpose.ENTRY,
        quote_quantity=Decimal("99.9000"),
    )
    return Intent(sequence, Purpose.ENTRY, request, NOW + sequence)
