"""The doors people and programs come in by: command line and dashboard."""
