"""Real kills: bots as processes that die of SIGKILL, wherever it hurts, and what is left of them.

The exchange is the built-in one as a process, spoken to over HTTP; the store is SQLite on the disk;
the bots are started by the product's own `bootstrap.bot.run`. Only three things are put in from
here: the strategy says what the script wants, the time to settle is shorter, and journal, leases,
store and HTTP client count the points they pass, so that a process can kill itself at one of them.

A checker that uses nothing of the product reads the exchange over HTTP and the SQLite file.
"""
