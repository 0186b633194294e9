"""The markets of the built-in exchange: synthetic, recorded and live."""
