import re
from pathlib import Path

import pytest

from tradefleet.adapters import bot_log
from tradefleet.adapters.bot_log import FileBotLog, escape


def test_a_line_has_the_format_of_the_sketch(tmp_path: Path):
    log = FileBotLog(tmp_path / "bot_1.log")
    log.info("🤖 STARTING BOT: BTC Bot")
    log.close()

    line = (tmp_path / "bot_1.log").read_text("utf-8")
    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
    assert re.fullmatch(rf"{stamp} - INFO - 🤖 STARTING BOT: BTC Bot\n", line)


def test_L6_a_hostile_name_stays_on_its_line(tmp_path: Path):
    log = FileBotLog(tmp_path / "bot_1.log")
    log.warning("a\n2025-10-24 10:30:00 - INFO - Profit: $1000000\x1b[2J %s")
    log.close()

    lines = (tmp_path / "bot_1.log").read_text("utf-8").splitlines()
    assert len(lines) == 1
    assert lines[0].endswith(
        r"WARNING - a\n2025-10-24 10:30:00 - INFO - Profit: $1000000\x1b[2J %s"
    )


def test_emoji_and_umlauts_are_left_as_they_are():
    assert escape("🛡️ Käufer") == "🛡️ Käufer"


def test_only_the_owner_may_read_it(tmp_path: Path):
    FileBotLog(tmp_path / "bot_1.log").close()
    assert (tmp_path / "bot_1.log").stat().st_mode & 0o777 == 0o600


def test_S11_a_log_that_was_moved_or_removed_is_begun_anew_for_its_owner_only(tmp_path: Path):
    path = tmp_path / "bot_1.log"
    log = FileBotLog(path)
    log.info("one")
    path.rename(tmp_path / "kept.log")
    log.info("two")
    path.unlink()
    log.info("three")
    log.close()

    assert (tmp_path / "kept.log").read_text("utf-8").endswith("one\n")
    assert path.read_text("utf-8").endswith("three\n")
    assert path.stat().st_mode & 0o777 == 0o600


def test_S11_a_long_log_is_put_aside_and_the_oldest_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bot_log, "MAX_BYTES", 200)
    log = FileBotLog(tmp_path / "bot_1.log")
    for number in range(100):
        log.info(f"line {number}")
    log.close()

    kept = sorted(tmp_path.iterdir())
    assert len(kept) == 1 + bot_log.KEPT_FILES
    assert all(path.stat().st_size <= 200 for path in kept)
    assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}


def test_S2_a_log_that_cannot_be_written_stops_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "bot_1.log"
    path.symlink_to("/dev/full")
    log = FileBotLog(path)

    log.info("nobody reads this")
    path.unlink()
    log.info("the disk has room again")
    log.close()

    assert path.read_text("utf-8").endswith("the disk has room again\n")
    assert not capsys.readouterr().err
