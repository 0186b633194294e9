"""A bot's books compared with the exchange: what does not agree pauses entries until it does."""

from collections.abc import Iterable, Sequence

from tradefleet.application.desk import Desk
from tradefleet.application.rebuild import Name
from tradefleet.domain.instrument import plain
from tradefleet.domain.order import OrderRequest
from tradefleet.ports.exchange import Balance
from tradefleet.ports.journal import Intent
from tradefleet.ports.notices import Finding, Findings, Severity

MISSING = "shortfall_"  # and the asset: the guardian's findings about bots that lack some of it
ANOTHER_FLEET = "another_fleet"


def compare(desk: Desk, findings: Findings) -> str:
    """Open or close the findings of a difference; return why there must be no entry, or nothing.

    Exits are never held back: they sell what the books say, and the exchange has the last word.
    """
    orders = desk.broker.open_orders(desk.ledger.instrument.symbol)
    names = [order.client_order_id for order in orders]
    reasons = {"shortfall": _shortfall(desk), "orphan_order": _orphans(desk, names)}
    _tell_of_another_fleet(desk, findings, names)
    bot_id, now = desk.names.bot_id, desk.clock.now()
    for code, why in reasons.items():
        if why:
            findings.open(Finding(code, Severity.ACT, why, now, bot_id))
        else:
            findings.close(code, bot_id)
    return next(filter(None, reasons.values()), "")


def why_unsettled(desk: Desk, findings: Findings) -> str:
    """Return why there must be no entry while something the bots own is missing, or nothing.

    Several bots may share what is missing; the guardian, who sees them all, says so.
    """
    instrument = desk.ledger.instrument
    codes = {f"{MISSING}{instrument.base}", f"{MISSING}{instrument.quote}"}
    for finding in findings.all():
        if finding.bot_id == desk.names.bot_id and finding.code in codes:
            return f"{finding.text}; no new entries until that is settled"
    return ""


def _shortfall(desk: Desk) -> str:
    ledger = desk.ledger
    held = ledger.position.quantity
    if not held:
        return ""
    base = ledger.instrument.base
    balance = desk.broker.balances().get(base, Balance())
    there = balance.free + balance.locked
    if there >= held:
        return ""
    return (
        f"the bot's fills say it holds {plain(held)} {base}, the account has {plain(there)}: "
        "coins were moved or sold by hand; no new entries until they are back"
    )


def _orphans(desk: Desk, names: Sequence[str]) -> str:
    ours = set(_names(desk.journal.open_intents()))
    orphans = [name for name in names if name.startswith(desk.names.prefix) and name not in ours]
    if not orphans:
        return ""
    return (
        f"orders of this bot rest at the exchange that its journal does not know: "
        f"{', '.join(orphans)}; no new entries until they are gone (cancel them at the exchange)"
    )


def _tell_of_another_fleet(desk: Desk, findings: Findings, names: Sequence[str]) -> None:
    """Say that another installation trades on this account; its orders are never touched."""
    told = [name for text in names if (name := Name.read(text, desk.names.mode))]
    others = sorted({name.installation for name in told} - {desk.names.installation})
    if not others:
        findings.close(ANOTHER_FLEET, desk.names.bot_id)
        return
    text = (
        f"another Tradefleet ({', '.join(others)}) has orders at this account; they are left "
        "alone. Two fleets that share an account share its limits, and each must have money of "
        "its own: give the other one a sub-account, or stop one of them"
    )
    now = desk.clock.now()
    findings.open(Finding(ANOTHER_FLEET, Severity.ACT, text, now, desk.names.bot_id))


def _names(intents: Iterable[Intent]) -> Iterable[str]:
    for intent in intents:
        request = intent.request
        if isinstance(request, OrderRequest):
            yield request.client_order_id
        else:
            yield request.list_client_order_id
            yield request.stop_client_order_id
            yield request.target_client_order_id
