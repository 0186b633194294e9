"""Ways to reach a person: SMS, everything Apprise knows, and the log."""
