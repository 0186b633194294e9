"""Our clock follows the exchange's."""

from tradefleet.adapters.clock import ExchangeClock


class Machine:
    def __init__(self) -> None:
        self.since_boot = 100.0
        self.wall = 1_700_000_000_000

    def passes(self, seconds: float) -> None:
        self.since_boot += seconds
        self.wall += int(seconds * 1000)


def clock_of(machine: Machine) -> ExchangeClock:
    return ExchangeClock(lambda: machine.since_boot, lambda: machine.wall)


def test_until_it_is_measured_it_shows_the_wall_clock() -> None:
    assert clock_of(Machine()).now() == 1_700_000_000_000


def test_the_middle_of_each_question_is_the_moment_of_its_answer() -> None:
    machine = Machine()
    clock = clock_of(machine)

    def ask() -> int:
        machine.passes(0.1)
        there = machine.wall + 20_000
        machine.passes(0.1)
        return there

    clock.measure(ask)
    assert clock.now() == machine.wall + 20_000
    assert clock.offset_ms == 20_000


def test_T1_one_slow_answer_of_three_changes_nothing() -> None:
    machine = Machine()
    clock = clock_of(machine)
    delays = iter((0.0, 5.0, 0.0))

    def ask() -> int:
        there = machine.wall
        machine.passes(next(delays))
        return there

    clock.measure(ask)
    assert abs(clock.now() - machine.wall) < 10


def test_T2_a_jump_of_the_wall_clock_changes_nothing() -> None:
    machine = Machine()
    clock = clock_of(machine)
    before = clock.now()

    machine.wall -= 3_600_000
    machine.since_boot += 1

    assert clock.now() == before + 1_000


def test_a_second_process_adopts_what_the_first_measured() -> None:
    machine = Machine()
    first, second = clock_of(machine), clock_of(machine)
    first.measure(lambda: machine.wall + 777)

    second.adopt(first.base_ms)

    assert second.now() == first.now()
