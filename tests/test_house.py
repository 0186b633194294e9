"""What holds everywhere in the house and no linter knows."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.skips import ROOT

SOURCE = ROOT / "src" / "tradefleet"
TREES = {
    path: ast.parse(path.read_text())
    for path in sorted(SOURCE.rglob("*.py"))
    if "migrations" not in path.parts
}
LOCKS = [*sorted(ROOT.glob("requirements*.lock")), ROOT / "package-lock.json"]

LINES_OF_A_FILE = 450
LINES_OF_A_FUNCTION = 50

# What a strategy sees and says, and statistics; everything else in the domain is money.
DOMAIN_FILES_WITH_FLOATS = {
    "candle.py",
    "chance.py",
    "indicators.py",
    "overfitting.py",
    "performance.py",
    "sanity.py",
    "signal.py",
    "signals.py",
    "strategy.py",
    "verdict.py",
}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def place(path: Path, node: ast.AST | None = None) -> str:
    line = f":{node.lineno}" if node is not None else ""
    return f"{path.relative_to(ROOT)}{line}"


def written_files() -> list[Path]:
    """Return every file under version control that people wrote and can read."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:4096]]


def lines_of_code(node: ast.AST, lines: int) -> int:
    """Return `lines` without those of the docstrings in `node`: explaining is free."""
    docstrings = (
        inner
        for inner in ast.walk(node)
        if isinstance(inner, ast.Expr)
        and isinstance(inner.value, ast.Constant)
        and isinstance(inner.value.value, str)
    )
    return lines - sum(text.end_lineno - text.lineno + 1 for text in docstrings)


def test_no_file_is_longer_than_a_reader_can_hold():
    too_long = {
        place(path): lines
        for path, tree in TREES.items()
        if (lines := lines_of_code(tree, len(path.read_text().splitlines()))) > LINES_OF_A_FILE
    }

    assert not too_long, f"over {LINES_OF_A_FILE} lines: would two rooms read better?"


def test_no_function_is_longer_than_a_page():
    too_long = {
        f"{place(path, node)} {node.name}": lines
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, FUNCTIONS)
        and (lines := lines_of_code(node, node.end_lineno - node.lineno + 1)) > LINES_OF_A_FUNCTION
    }

    assert not too_long, f"over {LINES_OF_A_FUNCTION} lines without the docstring"


def test_no_room_is_a_box_for_odds_and_ends():
    boxes = {"utils", "util", "helpers", "common", "managers", "misc"}

    assert not [place(path) for path in SOURCE.rglob("*") if path.stem in boxes]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("unfinished work", ["TO" + "DO", "FIX" + "ME", "X" * 3, "NotImplemented" + "Error"]),
        ("a registry's address", ["pypi" + ".org", "pythonhosted" + ".org", "registry.npm" + "js"]),
        ("a machine's path", ["/wo" + "rk/", "/ro" + "ot/", "/tmp/bash_" + "jobs"]),
        ("American spelling", ["optimi" + "ze", "optimi" + "zation", "behavi" + "or\\b"]),
    ],
)
def test_nothing_written_contains(what: str, words: list[str]):
    pattern = re.compile("|".join(words))
    found = [
        f"{place(path)}:{number}: {line.strip()[:80]}"
        for path in written_files()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]

    assert not found, what


def reads_the_environment(node: ast.AST) -> bool:
    """Whether `node` picks something out of it; handing it to a child as a whole is fine."""
    if isinstance(node, ast.Attribute) and node.attr == "getenv":
        return True
    if not isinstance(node, ast.Attribute | ast.Subscript):
        return False
    return isinstance(node.value, ast.Attribute) and node.value.attr == "environ"


def test_the_environment_is_read_in_the_settings_only():
    readers = [
        place(path, node)
        for path, tree in TREES.items()
        if path.relative_to(SOURCE).parts[0] not in {"settings.py", "bootstrap.py", "bootstrap"}
        for node in ast.walk(tree)
        if reads_the_environment(node)
    ]

    assert not readers


def annotations(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS) and node.returns is not None:
            yield node.returns
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield node.annotation


def test_money_in_the_domain_is_never_a_float():
    floats = [
        place(path, name)
        for path, tree in TREES.items()
        if SOURCE / "domain" in path.parents and path.name not in DOMAIN_FILES_WITH_FLOATS
        for annotation in annotations(tree)
        for name in ast.walk(annotation)
        if isinstance(name, ast.Name) and name.id == "float"
    ]

    assert not floats


# Runs in a fresh interpreter: imports every module and tells each thing that happened besides.
IMPORT_EVERYTHING = """
import importlib, os, pkgutil, sys

BANNED = {
    "socket.connect", "socket.bind", "subprocess.Popen", "os.system", "os.fork", "os.mkdir",
    "os.remove", "os.rename", "sqlite3.connect", "_thread.start_new_thread",
}
done = []

def watch(event, arguments):
    writing = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if event in BANNED or writing:
        done.append(f"{event} {arguments[:2]}")

def reading(self, key, original=os._Environ.__getitem__):
    frame = sys._getframe(1)
    while frame.f_globals["__name__"] in {"os", "_collections_abc"}:
        frame = frame.f_back
    if frame.f_globals["__name__"].startswith("tradefleet"):
        done.append(f"{frame.f_globals['__name__']} reads {key} from the environment")
    return original(self, key)

os._Environ.__getitem__ = reading
sys.addaudithook(watch)
import tradefleet
for module in pkgutil.walk_packages(tradefleet.__path__, "tradefleet."):
    if module.name.endswith("__main__") or ".migrations." in module.name:
        continue
    before = len(done)
    importlib.import_module(module.name)
    done[before:] = [f"{module.name}: {what}" for what in done[before:]]
print("\\n".join(done))
"""


def test_importing_a_module_does_nothing_else(tmp_path: Path):
    answer = subprocess.run(
        [sys.executable, "-B", "-c", IMPORT_EVERYTHING],
        env={"PYTHONPATH": str(ROOT / "src"), "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_address(lock: Path):
    addresses = [
        line
        for line in lock.read_text().splitlines()
        if re.search(r"://|file:|--index|--find", line)
    ]

    assert not addresses


def locked(lock: str) -> dict[str, str]:
    pinned = re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
    return dict(pinned)


def test_the_tests_run_on_the_versions_that_people_run():
    ours, tests = locked("requirements.lock"), locked("requirements-dev.lock")

    assert ours.items() <= tests.items()


def test_nothing_heavy_can_be_imported_by_accident():
    """TA-Lib imports pandas and polars where it finds them: 42 MB in each bot."""
    assert not {"pandas", "polars"} & set(locked("requirements-dev.lock"))
    assert "pyarrow" not in locked("requirements.lock"), "150 MB, for whoever wants feather files"


def test_every_dependency_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    tested_only = names_of(extras.pop("feather"))
    others = (line for extra in extras.values() for line in extra)
    wanted = [*project["project"]["dependencies"], *others]

    assert names_of(wanted) <= set(locked("requirements.lock"))
    assert tested_only <= set(locked("requirements-dev.lock"))


def names_of(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[><=;~! ]", line)[0].lower() for line in requirements}


def test_other_peoples_clients_are_locked_apart_from_ours():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    clients = names_of(project["dependency-groups"]["conformance"])

    assert clients <= set(locked("requirements-conformance.lock"))
    assert not clients & set(locked("requirements-dev.lock"))


@pytest.mark.parametrize("lock", LOCKS[:-1], ids=lambda lock: lock.name)
def test_all_that_a_lock_names_is_known_by_its_hash(lock: Path):
    entries = re.split(r"^(?=[a-z0-9])", lock.read_text(), flags=re.MULTILINE)[1:]

    assert entries
    assert not [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        (".venv/bin/python", True),
        (".venv-conformance/bin/python", True),
        (".env", True),
        ("data/tradefleet.db", True),
        ("bot_1.log", True),
        ("src/tradefleet/interfaces/dashboard/static/vendor/chart.umd.min.js", True),
        (".env.example", False),
        ("src/tradefleet/interfaces/cli/data.py", False),
        ("src/tradefleet/adapters/data/files.py", False),
        ("tests/data/candles.csv", False),
        ("requirements.lock", False),
    ],
)
def test_git_ignores_what_is_a_persons_own_and_nothing_else(path: str, ignored: bool):
    answer = subprocess.run(
        ["git", "check-ignore", "--no-index", "-q", path], cwd=ROOT, check=False
    )

    assert (answer.returncode == 0) == ignored
