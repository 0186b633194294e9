"""The hub: what all bots of a machine share, kept once."""
