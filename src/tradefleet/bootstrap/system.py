"""The processes of an installation, brought up and taken down together."""

import time

from tradefleet.adapters.daemons import Daemons
from tradefleet.application.system import EXCHANGE, System
from tradefleet.bootstrap.installation import Installation
from tradefleet.bootstrap.paper import PaperExchange


def system(made: Installation) -> System:
    """Return the system of an installation; settles the paper market where that is new."""
    paper = PaperExchange(made) if made.mode == "paper" else None
    daemons = Daemons(made.folder)
    ours = paper is not None and not daemons.alive(EXCHANGE)
    return System(
        daemons=daemons,
        processes=made.processes,
        bots=made.bots,
        leases=made.leases,
        records=made.records,
        exchange_arguments=paper.arguments() if paper is not None and ours else [],
        exchange_ready=paper.is_ready if paper is not None else lambda: True,
        pause=time.sleep,
    )
