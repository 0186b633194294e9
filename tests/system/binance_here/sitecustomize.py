"""Lets the built-in exchange play Binance itself, for the processes of one test.

No setting sends real orders to another host, so a test that wants to see live trading has to reach
into the product: Python imports this file first wherever its folder is on PYTHONPATH.
"""

import os

from tradefleet.adapters.binance.hosts import HOSTS, hosts

HOSTS["live"] = hosts("paper", os.environ["PLAYED_BINANCE"])
