"""The weather of one run, drawn from its seed: which faults there are and how often they strike.

Each run has a different mix (swarm testing, Groce et al. 2012): a run in which everything is rare
and one in which a single fault is everywhere find different mistakes.
"""

from dataclasses import dataclass, field
from random import Random

# What may happen to one request, by name; `docs/reliability.md` tells which row of the fault
# catalogue each stands for.
FATES = (
    "refused_connection",  # N9: never sent
    "lost_before",  # N2: sent, never arrived
    "lost_after",  # N1, P3: carried out, the answer never came
    "late",  # N3: arrives within the receive window, after the caller gave up
    "late_engine",  # N4: admitted, executed up to ten seconds later
    "error_before",  # N5: 5xx, nothing happened
    "error_after",  # N5, B2: 5xx, -1006 or -1007, and it happened
    "garbled",  # N5, N12: carried out, the answer is cut or is no JSON
    "busy",  # N7: 429 with Retry-After
    "banned",  # N8: 418
    "firewall",  # N6: 403
    "slow",  # N11: seconds instead of milliseconds
    "wrong_time",  # T1: -1021, our clock is off
)
HAPPENINGS = (
    "deposit",  # A6
    "withdrawal",  # A2
    "manual_trade",  # A5
    "protection_cancelled",  # A4
    "settings_changed",  # P14, W6
    "paused",
    "stopped",  # W3
    "sold_out",  # W3
    "second_process",  # S7
    "asleep",  # T4, P18: the machine sleeps, a process freezes
    "halted",  # D10
    "rules_changed",  # D11
    "gap",  # A12: the price jumps
    "target_in_part",  # A11
    "bad_tick",  # D7
    "stale_candles",  # D3
    "missing_candles",  # D1
    "hub_away",
    "strategy_fails",  # Y1, Y3
    "no_trading_right",  # A17
)


@dataclass(slots=True)
class Dice:
    """The chances of one run.

    Attributes:
        fates: probability by fate, for each request.
        lag_ms: how far the exchange's answers to queries lag behind, and how often they do.
        kill: probability that a process dies at a crash point it passes.
        store: probability that a write to the store fails.
        happenings: how many of each in a day, on average.
        rhythm: how many times longer than usual the bots' watch pauses are; 1 in some runs, more in
            most, so that a day costs less. Nothing else is stretched.
        density: probability that the strategy wants to trade at an evaluation.
    """

    fates: dict[str, float] = field(default_factory=dict)
    lag_ms: int = 0
    lag: float = 0.0
    kill: float = 0.0
    store: float = 0.0
    happenings: dict[str, float] = field(default_factory=dict)
    rhythm: int = 1
    density: float = 0.2
    bots: int = 1
    thin: float = 0.0


def draw(random: Random) -> Dice:
    """Return the weather of a run."""
    dice = Dice()
    for fate in FATES:
        if random.random() < 0.5:
            dice.fates[fate] = random.choice((0.002, 0.01, 0.03, 0.08))
    if random.random() < 0.5:
        dice.lag, dice.lag_ms = random.choice((0.02, 0.2)), random.choice((300, 1_500, 4_000))
    dice.kill = random.choice((0.0, 0.001, 0.004, 0.012))
    dice.store = random.choice((0.0, 0.0, 0.0005, 0.004))
    for happening in HAPPENINGS:
        if random.random() < 0.5:
            dice.happenings[happening] = random.choice((0.5, 2.0, 8.0))
    dice.rhythm = random.choice((1, 6, 6, *(12,) * 5, *(24,) * 8))
    dice.density = random.choice((0.05, 0.1, 0.3))
    dice.bots = random.choice((1, 2, 3, 4))
    dice.thin = random.choice((0.0, 0.3, 0.9))
    return dice


CALM = Dice(rhythm=6)
