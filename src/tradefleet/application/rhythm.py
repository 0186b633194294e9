"""How often a bot looks at the world when nothing rings."""

from dataclasses import dataclass

UNKNOWN_S = 1.0  # between two looks for an order whose outcome is not known
LAG_S = 5.0  # for so long the exchange's answers may show the account as it was before


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Pauses between two looks, in seconds.

    Attributes:
        beat: between two heartbeats.
        hand: between two looks at what the person wants.
        watch: between two looks at a position protected at the exchange, with a hub that rings.
        watch_alone: the same without one, or where the bot itself is the protection.
        audit: between two questions to the exchange what rests there: a bell may have been missed.
    """

    beat: float = 5.0
    hand: float = 1.5
    watch: float = 5.0
    watch_alone: float = 2.0
    audit: float = 30.0

    def watch_pause(self, protected_by: str, *, is_unsure: bool, is_alone: bool) -> float:
        """Return how long the position may be left alone.

        Args:
            protected_by: `exchange`, `bot`, `none`, or empty when nothing is held.
            is_unsure: an order's outcome is not known, or a single price lies beyond a level.
            is_alone: no hub rings.
        """
        if is_unsure:
            return UNKNOWN_S
        if not protected_by:
            return self.audit
        return self.watch_alone if protected_by != "exchange" or is_alone else self.watch
