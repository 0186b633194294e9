"""Binance spot, and whatever speaks its language: paper, testnet, demo mode and live."""
