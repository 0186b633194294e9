"""Parity: whether the real bot does on the same candles what the backtest says it does."""
