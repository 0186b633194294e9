"""What a person can do with bots and see of them, for the command line."""

import time

from tradefleet.adapters.binance.hosts import hosts
from tradefleet.application.arming import Armoury
from tradefleet.application.diagnosis import Diagnosis
from tradefleet.application.fleet import Fleet
from tradefleet.application.hub_clock import HubClock
from tradefleet.application.market_view import MarketView
from tradefleet.application.overview import Overviews
from tradefleet.application.system import EXCHANGE, HUB
from tradefleet.application.terms import Terms
from tradefleet.bootstrap.credentials import credentials
from tradefleet.bootstrap.installation import Installation
from tradefleet.bootstrap.paper_address import paper_address
from tradefleet.domain.errors import SettingsError

QUOTE = "USDT"


def fleet(made: Installation) -> Fleet:
    """Return the fleet of an installation."""
    return Fleet(
        bots=made.bots,
        leases=made.leases,
        records=made.records,
        halts=made.halts,
        activities=made.activities,
        clock=made.clock,
        terms=Terms(_market(made), made.catalogue),
        armoury=_armoury(made) if made.mode == "live" else None,
        lift_kill_file=made.folder.lift_kill_file,
        wait=time.sleep,
    )


def overviews(made: Installation) -> Overviews:
    """Return what people see of bots and money."""
    return Overviews(
        mode=made.mode,
        bots=made.bots,
        leases=made.leases,
        records=made.records,
        snapshots=made.snapshots,
        findings=made.findings,
        clock=HubClock(made.snapshots, made.clock),
        wall=made.clock,
        market=_market(made),
        surroundings=made.surroundings,
    )


def diagnosis(made: Installation) -> Diagnosis:
    """Return who says why a bot does not trade."""
    return Diagnosis(made.records, made.snapshots, made.clock, _market(made), overviews(made))


def look_at_exchange(made: Installation) -> None:
    """Take the hub's place for one look, where no hub runs: symbols, prices, wallet.

    Raises:
        SettingsError: the paper exchange is not running.
        ExchangeError: it does not answer, or does not know our key.
    """
    if made.folder.holder(HUB) is not None:
        return
    if made.mode == "paper" and made.folder.holder(EXCHANGE) is None:
        raise SettingsError(
            "the paper exchange is not running: start everything with `tradefleet up`, or the "
            "exchange alone with `tradefleet exchange`"
        )
    from tradefleet.bootstrap.hub import hub_tools

    tools = hub_tools(
        hosts(made.mode, paper_address(made.folder)),
        credentials(made.settings, made.folder),
        made.snapshots,
    )
    tools.rest.measure_clock()
    now = tools.clock.now()
    wallet = {
        asset: {"free": str(balance.free), "locked": str(balance.locked)}
        for asset, balance in tools.broker.balances().items()
    }
    symbols = tools.market.exchange_info()["symbols"]
    made.snapshots.put("exchange_info", {"symbols": symbols}, now)
    made.snapshots.put("prices", tools.market.prices(), now)
    made.snapshots.put("tickers", tools.market.day_tickers(), now)
    made.snapshots.put("wallet", wallet, now)
    tools.rest.close()


def _armoury(made: Installation) -> Armoury:
    return Armoury(made.armings, made.snapshots, made.clock, _market(made).instrument)


def _market(made: Installation) -> MarketView:
    return MarketView(made.snapshots, made.clock, made.read_instrument, QUOTE)
