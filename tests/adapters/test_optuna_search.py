"""The search by Optuna: it proposes what is in the space, learns, and can be repeated."""

from collections.abc import Callable

from tradefleet.adapters.optuna_search import OptunaSearch
from tradefleet.domain.space import Dimension, Space
from tradefleet.ports.trials import Values

SPACE = Space(
    (
        Dimension("a", tuple(range(40))),
        Dimension("b", tuple(n / 10 for n in range(40))),
        Dimension("word", ("x", "y", "z")),
    )
)


def peak(values: Values) -> float:
    return -((values["a"] - 11) ** 2) - (values["b"] - 3) ** 2 * 100 - (values["word"] != "y") * 50


def proposed(search: OptunaSearch, count: int, score: Callable[[Values], float]) -> list[Values]:
    found: list[Values] = []
    while len(found) < count and (batch := search.ask(16)):
        found += batch
        for values in batch:
            search.tell(values, score(values))
    return found


def test_it_finds_what_is_good_sooner_than_chance_does():
    found = proposed(OptunaSearch(SPACE, 1), 160, peak)
    late = sorted(map(peak, found[80:]))
    early = sorted(map(peak, found[:16]))

    assert late[len(late) // 2] > early[len(early) // 2]
    assert max(map(peak, found)) > -20


def test_the_same_seed_proposes_the_same():
    first, second = (proposed(OptunaSearch(SPACE, 7), 64, peak) for _ in range(2))

    assert first == second
    assert first != proposed(OptunaSearch(SPACE, 8), 64, peak)


def test_nothing_is_proposed_twice_and_all_of_it_is_of_the_space():
    found = proposed(OptunaSearch(SPACE, 2), 160, peak)

    assert len({str(values) for values in found}) == len(found)
    assert all(SPACE.places(values) is not None for values in found)


def test_a_small_space_comes_to_an_end():
    small = Space((Dimension("a", (1, 2)), Dimension("word", ("x", "y"))))

    assert len(proposed(OptunaSearch(small, 3), 100, lambda _: 0.0)) == 4
