"""The dashboard: pages, JSON API and server-sent events, for the owner only.

It reads the store, writes wishes into it, loads no secret and never talks to the exchange.
"""

from tradefleet.interfaces.dashboard.app import create_app
from tradefleet.interfaces.dashboard.parts import Parts
from tradefleet.interfaces.dashboard.server import serve, why_exposed

__all__ = ["Parts", "create_app", "serve", "why_exposed"]
