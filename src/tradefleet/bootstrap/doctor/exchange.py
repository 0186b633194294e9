"""Probes of the exchange: its answer, its clock, our key, our symbols, our money."""

from collections.abc import Iterator, Mapping
from functools import cached_property

from tradefleet.adapters.binance.access import rights
from tradefleet.adapters.binance.hosts import hosts
from tradefleet.application.doctor import Checkup
from tradefleet.application.statement import Line, statement
from tradefleet.application.system import EXCHANGE, HOST
from tradefleet.bootstrap.credentials import credentials
from tradefleet.bootstrap.doctor.house import START
from tradefleet.bootstrap.fleet import QUOTE
from tradefleet.bootstrap.hub import HubTools, hub_tools
from tradefleet.bootstrap.installation import Installation
from tradefleet.bootstrap.paper_address import paper_address
from tradefleet.domain.errors import AccessDeniedError, ExchangeError, InputError
from tradefleet.domain.instrument import plain

FAR_OFF_MS = 1_000


class ExchangeProbes:
    """Probes of the exchange; those after `answers` stay silent where it does not answer."""

    def __init__(self, made: Installation) -> None:
        self._made = made
        self._answers = False

    @cached_property
    def _tools(self) -> HubTools:
        made = self._made
        where = hosts(made.mode, paper_address(made.folder))
        return hub_tools(where, credentials(made.settings, made.folder), made.snapshots)

    def answers(self) -> Iterator[Checkup]:
        """Look whether it can be reached."""
        made = self._made
        if made.mode == "paper" and made.folder.holder(EXCHANGE) is None:
            ok = None if made.folder.holder(HOST) is None else False
            yield Checkup("exchange", ok, "the paper exchange does not run", START)
            return
        try:
            self._tools.rest.measure_clock()
        except ExchangeError as error:
            mend = (
                f"Look into {made.folder.run / 'exchange.log'}; start it: tradefleet up"
                if made.mode == "paper"
                else "Look at this machine's network, and at the exchange's own status page."
            )
            yield Checkup("exchange", False, str(error), mend)
            return
        self._answers = True
        yield Checkup("exchange", True, f"{self._tools.hosts.rest} answers")

    def clock(self) -> Iterator[Checkup]:
        """Look how far this machine's clock is off."""
        if not self._answers:
            return
        offset = self._tools.clock.offset_ms
        text = f"{abs(offset) / 1000:.3f} s off the exchange's"
        if self._made.mode == "paper" and abs(offset) > FAR_OFF_MS:
            yield Checkup("clock", True, f"{text}: a recorded market has a time of its own")
        elif abs(offset) > FAR_OFF_MS:
            mend = "Bots follow the exchange's; still, turn time synchronisation on (NTP)."
            yield Checkup("clock", None, text, mend)
        else:
            yield Checkup("clock", True, text)

    def key(self) -> Iterator[Checkup]:
        """Look whether the key is accepted, and what it may do."""
        if not self._answers:
            return
        live = self._made.mode == "live"
        try:
            may = rights(self._tools.rest, live=live)
        except AccessDeniedError as error:
            mend = (
                "Something else listens on the paper exchange's port; end it, then: tradefleet up"
                if self._made.mode == "paper"
                else "Look at BINANCE_API_KEY and its secret: are they of this mode, does the key "
                "allow this machine's address?"
            )
            yield Checkup("key", False, str(error), mend)
            return
        text = "it is accepted and may trade" if may.trade else "it is accepted but may NOT trade"
        mend = "" if may.trade else "Allow spot trading for this key at the exchange."
        yield Checkup("key", may.trade, text, mend)
        if may.withdraw is None:
            text = "the exchange does not tell whether it may withdraw, and from where it works"
            yield Checkup("rights", None if live else True, text)
        if may.withdraw:
            text = "the key may withdraw money, which Tradefleet never needs"
            yield Checkup("withdrawals", None, text, "Take that right from the key at Binance.")
        if may.fixed_address is False:
            text = "the key works from any address"
            yield Checkup("addresses", None, text, "Restrict it to this machine's at Binance.")

    def symbols(self) -> Iterator[Checkup]:
        """Look whether every bot's symbol can be traded."""
        if not self._answers or not self._has_bots:
            return
        for symbol in sorted({bot.settings.symbol for bot in self._made.bots.all()}):
            try:
                why_not = self._tools.market.instrument(symbol).why_not_tradeable()
            except InputError as error:
                why_not = str(error)
            mend = "Its bots wait; what they hold stays theirs." if why_not else ""
            yield Checkup(symbol, not why_not, why_not or "can be traded", mend)

    def books(self) -> Iterator[Checkup]:
        """Look whether the wallet holds what the bots' books say."""
        if not self._answers or not self._has_bots:
            return
        bots = self._made.bots.all()
        of_bots = {QUOTE} | {asset for bot in bots for asset in (bot.base, bot.quote)}
        lines = self._statement()
        if any(line.missing for line in lines.values()):
            lines = self._statement()  # a bot may have traded between books and wallet
        for asset, line in lines.items():
            if not line.missing and asset in of_bots:
                text = f"bots own {plain(line.owned)}, unallocated {plain(line.rest)}"
                together = f"together the wallet, {plain(line.wallet)}"
                yield Checkup(f"books {asset}", True, f"{text}: {together}")
            elif line.missing:
                text = f"bots own {plain(line.owned)}, the wallet has {plain(line.wallet)}"
                mend = "Was it moved or sold by hand? Say which: tradefleet settle --help"
                yield Checkup(f"books {asset}", False, text, mend)

    def _statement(self) -> Mapping[str, Line]:
        made = self._made
        return statement(made.bots.all(), made.records.totals(), self._tools.broker.balances())

    @property
    def _has_bots(self) -> bool:
        file = self._made.store.file
        return (file is None or file.exists()) and bool(self._made.bots.all())
