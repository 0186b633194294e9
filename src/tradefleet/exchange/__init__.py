"""The built-in exchange, which speaks the API of Binance."""
