"""The hub's process: the hub itself, and the jobs that live beside it."""

from tradefleet.adapters.binance.access import rights
from tradefleet.adapters.binance.hosts import Hosts, hosts
from tradefleet.adapters.paper_market import PaperMarket
from tradefleet.adapters.store.bots import installation_id
from tradefleet.application.hub.jobs import Job
from tradefleet.application.key_check import KeyCheck
from tradefleet.bootstrap.credentials import credentials
from tradefleet.bootstrap.guardian import guardian_jobs
from tradefleet.bootstrap.hub import HubTools, hub_tools, serve_hub
from tradefleet.bootstrap.installation import Installation
from tradefleet.bootstrap.news import news_jobs
from tradefleet.bootstrap.paper_address import paper_address
from tradefleet.bootstrap.seed_files import mirror_job
from tradefleet.bootstrap.tape import tape_of
from tradefleet.domain.order import fleet_prefix
from tradefleet.ports.exchange import Rights

MARKET_S = 5.0
KEY_S = 600.0


def run(made: Installation) -> int:
    """Run the hub until it is asked to stop; return the exit code.

    Raises:
        LeaseError: another hub serves this data folder.
    """
    where = hosts(made.mode, paper_address(made.folder))
    key = credentials(made.settings, made.folder)
    tools = hub_tools(where, key, made.snapshots, lambda: _ours(made))
    jobs = [
        *news_jobs(made, tools.clock),
        *guardian_jobs(made, tools),
        mirror_job(made, tools.clock),
        _key_job(made, tools, key.mark),
    ]
    if made.mode == "paper":
        jobs.append(_market_job(made, where, tools))
    serve_hub(tools, made.folder, made.snapshots, jobs, tape_of(made))
    return 0


def _ours(made: Installation) -> str:
    return fleet_prefix(installation_id(made.store), made.mode)


def _key_job(made: Installation, tools: HubTools, mark: str) -> Job:
    def ask() -> Rights:
        return rights(tools.rest, live=made.mode == "live")

    def keep(rights: Rights) -> None:
        told = {
            "trade": rights.trade,
            "withdraw": rights.withdraw,
            "fixed_address": rights.fixed_address,
            "key": mark,
        }
        made.snapshots.put("rights", told, tools.clock.now())

    check = KeyCheck(ask, made.findings, tools.clock, keep)
    return Job("key", check.look, KEY_S, blocking=True)


def _market_job(made: Installation, where: Hosts, tools: HubTools) -> Job:
    market = PaperMarket(where.rest)

    def look() -> None:
        made.snapshots.put("market", market.look(), tools.clock.now())

    return Job("market", look, MARKET_S, blocking=True)
