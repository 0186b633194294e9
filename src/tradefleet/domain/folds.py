"""Walk-forward: parameters are chosen on one part of the past and played on the next.

Parts are whole days (UTC). Each test part begins where its training part ends, and the next test
part where it ends itself: together they are one stretch of time that no choice has seen.
"""

from dataclasses import dataclass

from tradefleet.domain.errors import DataError, InputError

FOLDS = 5
LEAST_TRAIN, LEAST_TEST = 14, 5  # days; a ratio of less means nothing


@dataclass(frozen=True, slots=True)
class Fold:
    """Days, counted from the first one there is: `train <= day < test` to choose by, then `end`."""

    train: int
    test: int
    end: int


@dataclass(frozen=True, slots=True)
class Split:
    """How a stretch of days is cut; None = what the others leave.

    Attributes:
        folds: how many.
        train, test: days of each part.
        anchored: whether every training part begins on the first day, and so grows.
    """

    folds: int | None = None
    train: int | None = None
    test: int | None = None
    anchored: bool = False

    def cut(self, days: int) -> tuple[Fold, ...]:
        """Return the folds of so many days; they end with the last one.

        Without lengths the last half is tested. With both lengths and no number there are as many
        folds as fit.

        Raises:
            InputError: lengths nothing can be said by.
            DataError: there are too few days.
        """
        folds, train, test = self._lengths(days)
        if train < LEAST_TRAIN or test < LEAST_TEST:
            given = self.train is not None and self.test is not None
            message = (
                f"expected at least {LEAST_TRAIN} days to choose by and {LEAST_TEST} to test on in"
                f" each of {folds} folds, are {max(train, 0)} and {max(test, 0)}"
            )
            if given:
                raise InputError(message, field="train", code="bad_folds")
            raise DataError(f"{message} ({days} whole days of candles)")
        if (needed := train + folds * test) > days or not folds:
            raise DataError(
                f"expected candles of {max(needed, train + test)} whole days for"
                f" {max(folds, 1)} folds ({train} days to choose by, {test} to test on),"
                f" there are {days}"
            )
        begins = range(days - folds * test, days, test)
        return tuple(Fold(0 if self.anchored else b - train, b, b + test) for b in begins)

    def _lengths(self, days: int) -> tuple[int, int, int]:
        train, test = self.train, self.test
        if self.folds is None and train is not None and test is not None:
            return max(0, days - train) // test if test else 0, train, test
        folds = FOLDS if self.folds is None else self.folds
        if test is None:
            test = (days // 2 if train is None else days - train) // folds
        return folds, days - folds * test if train is None else train, test

    def latest(self, days: int, folds: tuple[Fold, ...]) -> Fold:
        """Return the days to choose by for what comes after them."""
        length = folds[-1].test - folds[-1].train
        return Fold(0 if self.anchored else days - length, days, days)
