"""The processes of an installation, brought up and taken down together."""

import time

from tradefleet.adapters.daemons import Daemons
from tradefleet.application.system import System
from tradefleet.bootstrap.installation import Installation
from tradefleet.bootstrap.paper import PaperExchange


def system(made: Installation) -> System:
    """Return the system of an installation."""
    paper = PaperExchange(made) if made.mode == "paper" else None
    return System(
        daemons=Daemons(made.folder),
        processes=made.processes,
        bots=made.bots,
        leases=made.leases,
        records=made.records,
        exchange_arguments=paper.arguments if paper is not None else None,
        exchange_ready=paper.is_ready if paper is not None else lambda: True,
        pause=time.sleep,
    )
