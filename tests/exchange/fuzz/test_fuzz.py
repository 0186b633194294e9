"""Whatever the exchange is sent, it answers in Binance's form, goes on, and keeps its books.

`make fuzz N=300000` sends more. An input is made from a number, so that a failing script of numbers
is made small by hypothesis.
"""

import os
import sys
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.exchange.fuzz.arena import PATHS, Arena
from tests.exchange.fuzz.attacks import attack

INPUTS = int(os.environ.get("FUZZ_INPUTS", "20000"))
SCRIPT = 100  # things that happen to one exchange

MARKETS = ["jumping"] * 25 + ["candles"] * 20 + ["recorded"] * 14 + ["synthetic"]

numbers = st.lists(st.integers(0, 2**64 - 1), min_size=SCRIPT, max_size=SCRIPT)


@pytest.mark.timeout(120 + INPUTS // 50)
def test_whatever_it_is_sent_it_answers_goes_on_and_keeps_its_books(capsys):
    sent: Counter[str] = Counter()
    seen: Counter[str] = Counter()

    @settings(
        deadline=None,
        max_examples=-(-INPUTS // SCRIPT),
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.sampled_from(MARKETS), numbers)
    def run(market: str, script: list[int]) -> None:
        arena = Arena(market)
        try:
            for number in script:
                sent["inputs"] += attack(arena, number)
            arena.check_books()
        finally:
            arena.close()
        seen.update(arena.seen)

    run()

    assert sent["inputs"] >= INPUTS
    assert seen["taken"] > INPUTS / 10
    with capsys.disabled():
        if "FUZZ_INPUTS" in os.environ:
            answers = "  ".join(f"{what} {count}" for what, count in seen.most_common())
            sys.stdout.write(f"\n{sent['inputs']} inputs, {len(PATHS)} endpoints: {answers}\n")
