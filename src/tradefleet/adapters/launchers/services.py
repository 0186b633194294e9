"""The processes beside the bots, as the host keeps them alive."""

from collections.abc import Sequence
from dataclasses import dataclass

from tradefleet.adapters.daemons import Daemons
from tradefleet.adapters.launchers.fork import ForkLauncher


@dataclass(frozen=True, slots=True)
class ForkedService:
    """A service forked from the warm parent; it takes its own lock."""

    name: str
    daemons: Daemons
    parent: ForkLauncher

    def is_alive(self) -> bool:
        """Return whether it holds its lock."""
        return self.daemons.alive(self.name)

    def launch(self) -> None:
        """Let the parent fork it."""
        self.parent.ask_for(self.name)


@dataclass(frozen=True, slots=True)
class DetachedService:
    """A service started as a program of its own."""

    name: str
    daemons: Daemons
    arguments: Sequence[str]

    def is_alive(self) -> bool:
        """Return whether it holds its lock."""
        return self.daemons.alive(self.name)

    def launch(self) -> None:
        """Start it."""
        self.daemons.start(self.name, self.arguments)
