import re
from pathlib import Path

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
