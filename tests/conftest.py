"""How hypothesis works for all tests: no deadlines, because a busy machine is no defect.

`make test` looks at fresh examples each time; CI repeats the same ones, so that it only fails for
what changed.
"""

import os

from hypothesis import settings

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")
