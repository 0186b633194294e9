"""The data folder keeps what an installation needs, privately, and says who is alive."""

import subprocess
import sys
from pathlib import Path

import pytest

from tradefleet.adapters.data_folder import DataFolder
from tradefleet.domain.errors import SettingsError


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "home")
    folder.prepare()
    return folder


def test_S12_only_the_owner_can_look_into_it(folder: DataFolder) -> None:
    folder.token()

    assert folder.root.stat().st_mode & 0o077 == 0
    assert (folder.root / "token").stat().st_mode & 0o077 == 0


def test_the_token_is_made_once_and_kept(folder: DataFolder) -> None:
    first = folder.token()

    assert DataFolder(folder.root).token() == first
    assert len(first) >= 32
    assert folder.token("chosen") == "chosen"


def test_key_and_secret_of_the_paper_account_differ_and_stay(folder: DataFolder) -> None:
    key, secret = folder.paper_account()

    assert key != secret
    assert folder.paper_account() == (key, secret)


def test_a_lock_is_held_by_one_process_and_names_it(folder: DataFolder) -> None:
    script = (
        "import sys; from pathlib import Path; from tradefleet.adapters.data_folder import"
        " DataFolder; f = DataFolder(Path(sys.argv[1])); assert f.lock('hub') is not None;"
        " print('held', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(folder.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )
    assert child.stdout is not None
    assert child.stdin is not None
    with child:
        assert child.stdout.readline() == b"held\n"

        assert folder.lock("hub") is None
        assert folder.holder("hub") == child.pid

        child.stdin.close()
        child.wait()
        assert folder.holder("hub") is None
        assert folder.lock("hub") is not None


def test_S1_a_torn_file_of_ours_reads_as_absent(folder: DataFolder) -> None:
    folder.exchange_address.write_text('{"port": 50')

    assert folder.read(folder.exchange_address) is None

    folder.write(folder.exchange_address, {"port": 5002})
    assert folder.read(folder.exchange_address) == {"port": 5002}


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(SettingsError, match="TRADEFLEET_HOME"):
        DataFolder(tmp_path / "file" / "home").prepare()
