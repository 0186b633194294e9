"""What we measure ourselves by: `make bench`, or `python -m benchmarks NAME...`.

A benchmark is a module in this folder. The first line of its docstring is the title of its
table, and its `measure()` yields the `Figure`s. Nothing here is a test:
a busy machine is no defect.
"""

from typing import NamedTuple


class Figure(NamedTuple):
    """One row of a table.

    Attributes:
        what: What was measured.
        value: The figure with its unit, such as "34 µs".
        goal: What it must reach, such as "< 200 µs"; empty where nothing was promised.
    """

    what: str
    value: str
    goal: str = ""
