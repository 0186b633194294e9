"""What every test here needs: the clients of others."""

import pytest

from tests.conformance.clients import INTERPRETER
from tests.skips import skip_or_fail


@pytest.fixture(autouse=True, scope="session")
def clients() -> None:
    """Skip where they are not installed, or not to the end."""
    if not (INTERPRETER.parent.parent / ".made").exists():
        skip_or_fail("other people's clients are not installed (`make setup-conformance`)")
