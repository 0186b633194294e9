"""The memory of the exchange: accounts, orders, lists, trades, and the log they survive in."""
