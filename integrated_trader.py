#!/usr/bin/env python3
"""Runs one bot: `integrated_trader.py 1 'BTC Bot' BTCUSDT volatile 100`.

Creates the bot if the id is free, runs it if all five words agree with the bot of that id, else
shows the differences and exits with 2.
"""

from utils.venv import run

if __name__ == "__main__":
    run("bot", "run")
