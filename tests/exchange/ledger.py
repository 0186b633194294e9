"""A log that holds the exchange to the law of money while it is written.

It knows what every account should own from deposits, executions and fees alone, and compares each
balance with that in the change that wrote it.
"""

import json
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from typing import Any

from tradefleet.domain.order import Side

Flow = Counter[str]


class Ledger:
    """A `Log` in memory.

    Attributes:
        deposited, fees: by asset.
        outside: what the market itself got from our accounts, by asset; negative = gave.
        taken: quote of what takers took from the market itself.
        between: trades of two of our orders with each other.
    """

    def __init__(self) -> None:
        self.size = 0
        self.lines: list[str] = []
        self.deposited, self.fees, self.outside = Flow(), Flow(), Flow()
        self.taken = Decimal(0)
        self.between = 0
        self._owned: dict[int, Flow] = {}

    def append(self, record: dict[str, Any]) -> None:
        self.lines.append(json.dumps(record))
        for account in record.get("accounts", ()):
            self._owned[account["uid"]] = Flow()
        if "accounts" in record:
            for uid, asset, free, _ in record["balances"]:
                self.deposit(uid, asset, Decimal(free))
        trades = sorted(record.get("trades", ()), key=lambda trade: trade["id"])
        for _, same in groupby(trades, key=lambda trade: (trade["id"], trade["symbol"])):
            self._book(list(same))
        for uid, asset, free, locked in record.get("balances", ()):
            parts = Decimal(free), Decimal(locked)
            assert min(parts) >= 0
            assert sum(parts) == self._owned[uid][asset], f"{asset} of account {uid}"

    def deposit(self, uid: int, asset: str, change: Decimal) -> None:
        """Expect a balance to change without a trade."""
        self._owned[uid][asset] += change
        self.deposited[asset] += change

    def _book(self, sides: list[dict[str, Any]]) -> None:
        """Enter the one or two executions that are one trade."""
        flows = Flow()
        for trade in sides:
            sign = 1 if trade["side"] == Side.BUY else -1
            quantity, price, fee = (Decimal(trade[n]) for n in ("quantity", "price", "fee"))
            owned = self._owned[trade["uid"]]
            for asset, change in (("BTC", sign * quantity), ("USDT", -sign * price * quantity)):
                owned[asset] += change
                flows[asset] -= change
            owned[trade["fee_asset"]] -= fee
            self.fees[trade["fee_asset"]] += fee
        if len(sides) == 2:
            first, second = sides
            assert not any(flows.values()), "what one side gave the other one got"
            assert first["side"] != second["side"]
            assert first["is_maker"] != second["is_maker"]
            self.between += 1
        else:
            assert len(sides) == 1
            self.outside.update(flows)
            if not sides[0]["is_maker"]:
                self.taken += Decimal(sides[0]["quote"])

    def everything(self) -> Flow:
        """What all accounts own, by asset, if nothing came from nowhere."""
        return Flow(
            {
                asset: self.deposited[asset] - self.fees[asset] - self.outside[asset]
                for asset in self.deposited
            }
        )

    def replay(self) -> Iterable[dict[str, Any]]:
        return map(json.loads, self.lines)

    def compact(self, state: dict[str, Any]) -> None:
        self.lines = [json.dumps(state)]
