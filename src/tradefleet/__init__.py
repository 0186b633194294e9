"""Tradefleet: a fleet of spot trading bots and an exchange to practise on."""

__version__ = "0.1.0"
