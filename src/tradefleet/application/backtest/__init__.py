"""Backtests: the bot's own decisions and money, played on recorded candles.

The fill rules are those of a market made of candles: what was decided at a close happens at the
next open, the protection rests from the entry on. `engine` plays them candle by candle and calls
the strategy at each evaluation; whatever is faster must come to the same trades.
"""
