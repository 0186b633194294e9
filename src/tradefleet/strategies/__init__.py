"""The built-in strategies: opinions on candles, pure."""
