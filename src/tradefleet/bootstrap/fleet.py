"""What a person can do with bots, for the command line."""

import time

from tradefleet.application.fleet import Fleet
from tradefleet.application.market_view import MarketView
from tradefleet.application.terms import Terms
from tradefleet.bootstrap.installation import Installation


def fleet(made: Installation) -> Fleet:
    """Return the fleet of an installation."""
    market = MarketView(made.snapshots, made.clock, made.read_instrument, "USDT")
    return Fleet(
        bots=made.bots,
        leases=made.leases,
        records=made.records,
        snapshots=made.snapshots,
        activities=made.activities,
        clock=made.clock,
        terms=Terms(market, made.catalogue),
        live=made.mode == "live",
        wait=time.sleep,
    )
