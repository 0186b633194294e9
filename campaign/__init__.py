"""The proof: the real bots on the real exchange, in a world where everything goes wrong on purpose.

One process, one thread, one virtual clock. A seed is a run: it draws the weather (which faults, how
often), the people and the market, and the same seed plays the same run to the last digit. What
runs is the product itself: `BotProcess` with its trader, desk and recovery, the Binance client down
to the signed bytes, the built-in exchange from its REST face to its books. Only time, the network,
the store's memory and the people are made up here.

Oracles that share no code with the product look at the exchange's books and at the bots'
journals after every step. `docs/reliability.md` has their list.
"""
