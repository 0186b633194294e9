"""`tradefleet doctor`: what works, what does not, and how to mend it."""

import sys
from dataclasses import asdict

import click

from tradefleet.interfaces.cli.output import print_json

MARKS = {True: "ok", False: "!!", None: "--"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor_command(as_json: bool) -> None:
    """Say what works, what does not, and how to mend it; exit 1 if something does not work.

    Marks: ok works, !! does not, -- is worth knowing.
    """
    from tradefleet.bootstrap.doctor import look

    well = True
    found = []
    for check in look():
        well = well and check.ok is not False
        found.append(asdict(check))
        if not as_json:
            click.echo(f"{MARKS[check.ok]}  {check.name}: {check.text}")
            if check.mend:
                click.echo(f"    → {check.mend}")
    if as_json:
        print_json({"ok": well, "checks": found})
    else:
        click.echo("\nEverything works." if well else "\nSomething does not work: look for !!")
    if not well:
        sys.exit(1)
