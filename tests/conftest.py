"""What holds for all tests.

No deadlines, because a busy machine is no defect. `make test` looks at fresh examples each time; CI
repeats the same ones, so that it only fails for what changed. Ctrl-C means what it says, also where
a script started the tests in its background, which ignores it for all children.
"""

import os
import signal

from hypothesis import settings

settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

for number, handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)
