"""The rules of trading: pure, with no clock, disk, network or logging."""
