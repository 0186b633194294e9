#!/usr/bin/env python3
"""Opens the dashboard, as `tradefleet up` does."""

from utils.venv import run

if __name__ == "__main__":
    run("up")
