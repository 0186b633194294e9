"""Settings become objects here: the only place that knows every name.

One room a process, so that each imports no more than it needs: a bot must stay small.
"""
