"""Background processes of a data folder."""

import os
from pathlib import Path

from tradefleet.adapters.daemons import LONGEST_LOG, Daemons
from tradefleet.adapters.data_folder import DataFolder


def test_S11_a_long_log_is_put_aside_while_its_process_goes_on_writing(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "home")
    folder.prepare()
    long, short = folder.run / "hub.log", folder.run / "host.log"
    short.write_text("a few words\n")
    writer = os.open(long, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(writer, b"old\n" * (LONGEST_LOG // 4 + 1))

    Daemons(folder).cut_logs()
    os.write(writer, b"new\n")
    os.close(writer)

    assert long.read_text() == "new\n"
    assert (folder.run / "hub.log.1").stat().st_size > LONGEST_LOG
    assert short.read_text() == "a few words\n"
