"""The doctor, put together: which probes there are, in the order people read them.

Nothing is made or changed by looking, and no secret is shown.
"""

from collections.abc import Iterator

from tradefleet.application.doctor import Checkup, Probe, examine
from tradefleet.bootstrap.doctor.exchange import ExchangeProbes
from tradefleet.bootstrap.doctor.house import HouseProbes, charts, environment_file, python
from tradefleet.bootstrap.installation import Installation
from tradefleet.domain.errors import SettingsError
from tradefleet.settings import load_settings

__all__ = ["Checkup", "look"]


def look() -> Iterator[Checkup]:
    """Yield what works and what does not, also where the settings cannot be used."""
    everywhere: list[tuple[str, Probe]] = [
        ("python", python),
        ("chart scripts", charts),
        (".env", environment_file),
    ]
    yield from examine(everywhere)
    try:
        made = Installation(load_settings())
    except SettingsError as error:
        mend = "Mend them in .env or in the environment, then look again: the rest needs them."
        yield Checkup("settings", ok=False, text=str(error), mend=mend)
        return
    yield from examine(_of_installation(made))
    made.store.close()


def _of_installation(made: Installation) -> list[tuple[str, Probe]]:
    house, exchange = HouseProbes(made), ExchangeProbes(made)
    return [
        ("settings", house.settings),
        ("data folder", house.data_folder),
        ("store", house.store),
        ("processes", house.processes),
        ("bots", house.bots),
        ("launcher", house.launcher),
        ("strategies", house.strategies),
        ("messages", house.messages),
        ("news", house.news),
        ("exchange", exchange.answers),
        ("clock", exchange.clock),
        ("key", exchange.key),
        ("symbols", exchange.symbols),
        ("books", exchange.books),
    ]
