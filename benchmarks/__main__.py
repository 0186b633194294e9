"""Runs the benchmarks named on the command line, or all, and prints a table for each."""

import importlib
import pkgutil
import sys
from collections.abc import Iterable

import benchmarks
from benchmarks import Figure


def names() -> list[str]:
    """Return the names of all benchmarks, sorted."""
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if not name.startswith("_"))


HEADINGS = ("", "measured", "goal")


def table(title: str, figures: Iterable[Figure], headings: tuple[str, str, str]) -> str:
    """Return the figures as lines under their title, in columns."""
    rows = [headings, *figures]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join([title, *(f"  {line}" for line in lines)])


def main(wanted: list[str]) -> None:
    """Run the `wanted` benchmarks, or all where none is named."""
    if unknown := sorted(set(wanted) - set(names())):
        sys.exit(f"No benchmark is called {', '.join(unknown)}. There are: {', '.join(names())}.")
    for name in wanted or names():
        module = importlib.import_module(f"benchmarks.{name}")
        headings = getattr(module, "HEADINGS", HEADINGS)
        title = module.__doc__.splitlines()[0]
        print(table(title, module.measure(), headings), end="\n\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
