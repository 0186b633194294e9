"""Candles in files: read, checked, and kept in the data folder."""
