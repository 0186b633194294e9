"""The strategies there are: the built-in ones, and the person's own files in a child process.

Nobody's code but ours runs in a bot or the dashboard: a file is read, described and asked in
`tradefleet.adapters.strategy_worker`, which has no keys, little memory and a deadline.
"""
