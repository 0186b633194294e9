"""The hub's socket: lines of JSON between bots and hub, on this machine only."""
