"""What both ends of the hub's socket agree on."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# A window of 1,000 candles is about 150 KB.
LONGEST_LINE = 4 * 1024 * 1024

Json = dict[str, Any]


def line(message: Json) -> bytes:
    """Return a message as one line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


@contextmanager
def short_path(path: Path) -> Iterator[str]:
    """Yield a name of a socket that fits: the system takes 107 bytes, folders may be longer."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
