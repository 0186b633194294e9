"""The page of candles: what is kept, files of one's own, downloads."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Visit, expect
from tests.interfaces.dashboard.world import World
from tradefleet.adapters.candles.catalogue import Holding
from tradefleet.domain.recording import Gaps
from tradefleet.ports.runs import Kind, State

pytestmark = pytest.mark.browser

YEAR = (1_672_531_200_000, 1_704_066_900_000)
TAKEN = {"symbol": "BTCUSDT", "interval": "5m", "rows": 300, "added": 288, "conflicts": 0}
PIECES = 700_000  # bytes of a file that comes in more than one


@pytest.fixture
def world(world: World) -> World:
    gaps = Gaps(count=2, candles=1_600)
    kept = Holding(
        "", "BTCUSDT", "5m", rows=105_104, first=YEAR[0], last=YEAR[1], gaps=gaps,
        size=7_000_000, sources=("BTCUSDT-5m-2023-01.zip",),
    )  # fmt: skip
    recorded = Holding("", "ETHUSDT", "1h", rows=9, first=YEAR[0], last=YEAR[1], tape="live")
    world.kept_candles = (kept, recorded)
    return world


def part(**news: Any) -> dict[str, Any]:
    return {"parts": [{**TAKEN, "problem": "", **news}]}


def test_what_is_kept_tells_its_gaps_and_goes_after_a_question(visit: Visit, world: World):
    page = visit.open("/candles")
    kept = page.get_by_label("Kept candles").locator("tbody tr")
    expect(kept).to_have_count(2)
    expect(kept.first).to_contain_text("2 gaps, 1,600 missing")
    expect(kept.nth(1)).to_contain_text("recorded for bots, live")
    expect(kept.nth(1).get_by_role("button")).to_have_count(0)
    page.get_by_role("button", name="Delete BTCUSDT 5m").click()
    page.get_by_role("button", name="Keep them").click()
    expect(kept).to_have_count(2)
    page.get_by_role("button", name="Delete BTCUSDT 5m").click()
    page.get_by_role("button", name="Delete 105,104 candles of BTCUSDT 5m").click()

    expect(kept).to_have_count(1)
    assert [one.symbol for one in world.kept_candles] == ["ETHUSDT"]


@pytest.mark.parametrize("visit", [390, 1440], indirect=True, ids=["phone", "desk"])
def test_a_file_is_sent_whole_and_what_became_of_it_is_told(
    visit: Visit, world: World, tmp_path: Path
):
    content = bytes(range(256)) * (PIECES // 256)
    (tmp_path / "mine.csv").write_bytes(content)
    page = visit.open("/candles")
    page.get_by_label("Files", exact=True).set_input_files(tmp_path / "mine.csv")
    form = page.locator("#upload-form")
    form.get_by_label("Symbol").fill("BTCUSDT")
    page.get_by_role("button", name="Take them in").click()
    expect(page.get_by_text("Taking in mine.csv")).to_be_visible()
    expect(page.get_by_role("button", name="Take them in")).to_be_disabled()
    (run,) = world.runs.runs
    words = world.runs.words[0]
    assert words[:4] == ["data", "import", "--json", "--symbol=BTCUSDT"]
    assert Path(words[-1]).read_bytes() == content
    world.runs.end(run, part())

    told = "300 candles of BTCUSDT 5m, 288 of them new"
    expect(page.get_by_label("What became of the files")).to_contain_text(told)
    expect(page.get_by_label("Taken in and downloaded so far")).to_contain_text(told)
    expect(page.get_by_role("button", name="Take them in")).to_be_enabled()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_refusal_stands_at_the_field_and_hinders_no_other_file(
    visit: Visit, world: World, tmp_path: Path
):
    for name in ("bad.csv", "good.csv"):
        (tmp_path / name).write_text("candles")
    (tmp_path / "note.txt").write_text("none")
    page = visit.open("/candles")
    files = [tmp_path / name for name in ("note.txt", "bad.csv", "good.csv")]
    page.get_by_label("Files", exact=True).set_input_files(files)
    page.get_by_role("button", name="Take them in").click()
    expect(page.get_by_text("Taking in bad.csv")).to_be_visible()
    (bad,) = world.runs.runs
    world.runs.end(bad, part(problem="row 7: <b>high</b> below low"))
    expect(page.get_by_text("Taking in good.csv")).to_be_visible()
    good = next(run for run in world.runs.runs if run != bad)
    world.runs.end(good, part(conflicts=3))

    outcomes = page.get_by_label("What became of the files").get_by_role("listitem")
    expect(outcomes).to_have_count(3)
    expect(outcomes.nth(2)).to_contain_text("3 candles with other figures than those kept")
    expect(page.locator("#runs tr").filter(has_text="bad.csv")).to_contain_text("refused")
    at_field = page.locator('#upload-form [data-error="file"]')
    expect(at_field).to_contain_text("expected a file .parquet, .csv, .zip, .feather")
    expect(at_field).to_contain_text("row 7: <b>high</b> below low")
    expect(page.get_by_label("Files", exact=True)).to_be_focused()
    visit.forgive("422")


def test_a_file_that_is_too_large_is_not_sent(visit: Visit, world: World, tmp_path: Path):
    page = visit.open("/candles")
    page.locator("#upload-form").evaluate("form => (form.dataset.largest = 1048576)")
    (tmp_path / "large.csv").write_bytes(b"0" * (2**20 + 1))
    page.get_by_label("Files", exact=True).set_input_files(tmp_path / "large.csv")
    page.get_by_role("button", name="Take them in").click()

    expect(page.locator('#upload-form [data-error="file"]')).to_contain_text(
        "expected at most 1 MiB"
    )
    assert not (world.folder / "incoming").exists()


def test_a_download_goes_on_beside_the_page_and_can_be_broken_off(visit: Visit, world: World):
    page = visit.open("/candles")
    form = page.locator("#download-form")
    form.get_by_label("Symbol").fill("ethusdt")
    form.get_by_label("From").fill("2024-02-01")
    form.get_by_label("Until").fill("2024-01-01")
    form.get_by_role("button", name="Download").click()
    expect(form.get_by_label("Until")).to_be_focused()
    visit.forgive("422")
    form.get_by_label("Until").fill("")
    form.get_by_role("button", name="Download").click()
    row = page.locator("#runs tr").filter(has_text="ETHUSDT 5m from 2024-02-01")
    expect(row).to_be_visible()
    (run,) = world.runs.runs
    world.runs.change(run, progress="ETHUSDT 5m until 2024-02-29 23:55:00")
    page = visit.open("/candles")
    expect(row).to_contain_text("until 2024-02-29")
    row.get_by_role("button", name="Break off").click()

    expect(row).to_contain_text("cancelled")
    assert world.runs.get(run).state is State.CANCELLED


def test_what_a_download_brought_and_why_one_failed(visit: Visit, world: World):
    asked = {"symbol": "ETHUSDT", "interval": "5m", "start": "2024-02-01"}
    done = world.runs.start(Kind.CANDLES, [], asked).id
    steps = [{"added": 8_000, "conflicts": 0}, {"added": 352, "conflicts": 0}]
    order = {"symbol": "ETHUSDT", "interval": "5m", "steps": steps, "kept": {"rows": 9}}
    world.runs.end(done, {"parts": [order]})
    failed = world.runs.start(Kind.CANDLES, [], asked).id
    world.runs.change(failed, state=State.FAILED, problem="nobody answers")
    rows = visit.open("/candles").locator("#runs tr")

    expect(rows.nth(0)).to_contain_text("nobody answers")
    expect(rows.nth(1)).to_contain_text("8,352 new candles of ETHUSDT 5m")
