"""The dashboard's process."""

from pathlib import Path

from tradefleet.interfaces.cli.dashboard import end_with


def test_it_ends_when_its_data_folder_disappears(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir()
    ended: list[bool] = []
    watcher = end_with(folder, lambda: ended.append(True), look_s=0.01)
    assert not ended

    folder.rmdir()
    watcher.join(5)

    assert ended == [True]
