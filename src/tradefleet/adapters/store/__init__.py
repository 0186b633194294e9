"""The store: one database a mode, SQLite in the data folder or PostgreSQL by URL."""
