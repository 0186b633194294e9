"""Reads headlines with a word list: free, offline, the same every time, and only so clever.

A word's value is from -3 to 3; a negation up to three words before turns it, a hedge
halves it, a strengthener adds half. A title without a single known word stays unscored: it was not
understood. The list is our own; `docs/strategies.md` tells how often it is right.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from tradefleet.domain.strategy import Headline

_LIST = """
3 approves approved approval breakthrough bullish moon record soar soars soared surge surges
  surged surging skyrocket skyrockets skyrocketed ath
2 adopt adopts adopted adoption accumulate accumulates accumulating accumulation beat beats
  boom booming boost boosts boosted breakout bull bulls buy buys buying climb climbs climbed gain
  gains gained gaining green grow grows growing growth jump jumps jumped jumping milestone optimism
  optimistic outperform outperforms partner partners partnership profit profitable profits rallies
  rally rallied rallying rebound rebounds rebounded recover recovers recovered recovering recovery
  rise rises risen rising rose spike spikes strong stronger success successful succeed thrive
  thriving undervalued upgrade upgrades upside upswing uptrend victory win wins winning won
1 accept accepts accepted accepting acquire acquires add adds adding backed backs best better
  collaborate collaborates donate donates donation early easier easiest embrace embraces enable
  enables excited exciting expand expands expansion favor good great happy high higher hodl hold
  holding hope improve improves improved innovation innovative integrate integrates integration
  interest invest invests invested investment launch launched launches leading legal legalize
  legalizes list lists listed listing love opportunity popular positive potential promising raise
  raises
  raised raising reward rewards safe secure secures stable support supports supported top trust up
  useful
-1 alert caution concern concerns concerned correction cut cuts debt decline declines declined
  delay delays delayed dip dips doubt doubts down drop drops dropped failed fake fear fears fine
  fined fud halt halts hard illegal inflation investigate investigates investigation issue issues
  lawsuit leave leaves lost low lower miss missed negative outage overpriced overvalued pressure
  problem problems pullback pulls quit resign resigns restrict restricts risk risks risky shutdown
  slow speculation speculative struggle struggles struggling stuck suspend suspends suspended tax
  trouble uncertain uncertainty unsafe unstable volatile volatility vulnerable vulnerability warn
  warned warning warns waste weak weaker worried worry worse worst wrong
-2 attack attacked attacks ban bans banned banning bear bearish bears bleed bleeds bloodbath blow
  breach charged charges collapse collapses collapsed crackdown crisis critic critical criticism
  dead die dying downtrend drain drained dump dumps dumped dumping exploit exploited exploits fall
  falls falling fallen fell fail fails failing failure jail liquidated liquidation liquidations
  lose loses losing loss losses plummet plunge red reject rejects rejected scandal seize seized
  sell selling selloff sanction sanctioned sanctions shit shitcoin shitcoins sink sinks slide
  slides slump slumps stolen sue sued sues tank tanking tanks theft threat threaten threatens
  tumble tumbles tumbled useless worthless
-3 bankrupt bankruptcy crash crashes crashed crashing fraud fraudulent hack hacked hacker hackers
  hacks insolvent plummets plunges plunged plunging ponzi rugpull scam scammed scammer scams
"""
_PHRASES = {
    "all time high": 3.0,
    "all time highs": 3.0,
    "all time low": -3.0,
    "bear market": -2.0,
    "bull run": 3.0,
    "going to zero": -3.0,
    "new high": 3.0,
    "profit taking": -1.0,
    "rug pull": -3.0,
    "sell off": -2.0,
    "short lived": 0.0,
    "stop loss": 0.0,
}
_NEGATIONS = """
averts avoid avoids cannot denies ends isnt dont doesnt didnt wont cant arent wasnt
against despite never no nobody none nor not nothing over refuses stop stops without
"""
_HEDGES = "could eyes if may maybe might possible possibly would"
_STRENGTHENERS = "extremely heavily hugely massive massively sharply very"
_FACTORS = (
    dict.fromkeys(_NEGATIONS.split(), -0.75)
    | dict.fromkeys(_HEDGES.split(), 0.5)
    | dict.fromkeys(_STRENGTHENERS.split(), 1.5)
)
_SOFTEN = 4.0  # the sum at which a score reaches a half
_LOOK_BACK = 3
_WORD = re.compile(r"[a-z]+")


def _read_list() -> dict[str, float]:
    values, value = {}, 0.0
    for word in _LIST.split():
        if _WORD.fullmatch(word):
            values[word] = value
        else:
            value = float(word)
    return values


_VALUES = _read_list()


class LexiconScorer:
    """Keeps `Scorer`."""

    name = "lexicon"

    def score(self, headlines: Sequence[Headline]) -> tuple[Headline, ...]:
        """Return all headlines, those scored that hold a known word."""
        return tuple(replace(headline, score=read(headline.title)) for headline in headlines)


def read(text: str) -> float | None:
    """Return the sentiment of a text, -1 to 1, or None if it holds no known word."""
    plain = text.lower().replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")
    words = _WORD.findall(plain)
    total, skip, understood = 0.0, 0, False
    for at, word in enumerate(words):
        if skip:
            skip -= 1
            continue
        value, length = _value(words, at, word)
        skip = length - 1
        if value:
            understood = True
            before = words[max(0, at - _LOOK_BACK) : at]
            turned = -0.75 if words[at + length : at + length + 1] == ["averted"] else 1.0
            total += value * turned * math.prod(_FACTORS.get(other, 1.0) for other in before)
    return round(total / (abs(total) + _SOFTEN), 4) if understood else None


def _value(words: Sequence[str], at: int, word: str) -> tuple[float, int]:
    """Return the value of what begins here, and how many words it is."""
    for length in (3, 2):
        phrase = " ".join(words[at : at + length])
        if phrase in _PHRASES:
            return _PHRASES[phrase], length
    return _VALUES.get(word, 0.0), 1
