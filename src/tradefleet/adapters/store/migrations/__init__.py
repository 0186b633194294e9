"""The history of the schema; `migrate` walks it, nobody else looks here."""
