"""The sketch's JSON files: a mirror of the store, an export, and the import of an older system."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.fleet import NOW, PROCESSES, a_bot, a_fill, a_journal, an_intent, the_leases
from tests.contracts.fleet import settings as settings_of
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.journal import SqlJournal
from tradefleet.adapters.store.migrate import migrate
from tradefleet.adapters.store.mirror import (
    FLEET,
    MANIFEST,
    JsonMirror,
    files_of_others,
    written_by,
)
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.adapters.store.seed_import import (
    ImportReport,
    SeedImport,
    SeedPosition,
    held_since_last_sell,
)
from tradefleet.domain.bot import Bot, BotSettings, Status
from tradefleet.domain.errors import InputError, StoreError
from tradefleet.domain.ledger import FillBooked
from tradefleet.domain.order import ProtectionRequest, Purpose, Side
from tradefleet.ports.journal import Intent, IntentState

RUNNING: Mapping[int, Status] = {1: Status.RUNNING}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def local_store(tmp_path: Path) -> Store:
    store = Store.locate("", tmp_path, "paper")
    migrate(store)
    return store


def mirror_of(store: Store, folder: Path, installation: str = "k7x2") -> JsonMirror:
    leases = the_leases(store)
    return JsonMirror(folder, SqlBots(store), SqlRecords(store), leases, lambda: installation)


def read(path: Path) -> Any:
    return json.loads(path.read_text(), parse_float=Decimal)


def protect(journal: SqlJournal, stop: str, target: str) -> None:
    request = ProtectionRequest(
        "tfp-L", "tfp-K", "tfp-T", "BTCUSDT", Decimal(1), Decimal(stop), None, Decimal(target)
    )
    journal.record_intent(Intent(1, Purpose.PROTECTION, request, NOW + 10, IntentState.ACCEPTED))


def test_the_list_of_bots_has_the_sketch_s_shape(local_store: Store, home: Path) -> None:
    a_bot(local_store)

    assert mirror_of(local_store, home).write(RUNNING) == ()

    assert read(home / FLEET) == [
        {
            "id": 1,
            "name": "BTC Bot",
            "symbol": "BTCUSDT",
            "strategy": "volatile",
            "trade_amount": 100,
            "status": "running",
            "profit": 0,
            "trades": 0,
        }
    ]
    assert not list(home.glob("bot_*"))


def test_a_position_has_the_sketch_s_shape_and_its_quantity(local_store: Store, home: Path) -> None:
    bot = a_bot(local_store)
    journal = a_journal(local_store, bot)
    journal.book([a_fill(1, fee="0.000002")])
    protect(journal, "49000.01", "52500")

    mirror_of(local_store, home).write(RUNNING)

    assert read(home / "bot_1_position.json") == {
        "position": "LONG",
        "entry_price": 50000,
        "stop_loss": Decimal("49000.01"),
        "take_profit": 52500,
        "symbol": "BTCUSDT",
        "has_traded": True,
        "initial_investment": 100,
        "timestamp": "2025-10-09T08:53:20Z",
        "quantity": Decimal("0.001998"),
    }


def test_a_sold_position_is_cleared_and_its_profit_is_exact(local_store: Store, home: Path) -> None:
    journal = a_journal(local_store, a_bot(local_store))
    mirror = mirror_of(local_store, home)
    journal.book([a_fill(1)])
    mirror.write(RUNNING)

    journal.book([a_fill(2, Side.SELL, price="52500.00000001")])
    mirror.write(RUNNING)

    position = read(home / "bot_1_position.json")
    assert (position["position"], position["quantity"]) == (None, None)
    assert position["has_traded"] is True
    assert read(home / FLEET)[0]["profit"] == Decimal("5.00000000002")


def test_a_file_of_somebody_else_is_never_overwritten(local_store: Store, home: Path) -> None:
    a_bot(local_store)
    (home / FLEET).write_text("[]")

    assert mirror_of(local_store, home).write(RUNNING) == (FLEET,)
    assert (home / FLEET).read_text() == "[]"


def test_C8_a_file_of_ours_that_somebody_changed_is_theirs_from_then_on(
    local_store: Store, home: Path
) -> None:
    bot = a_bot(local_store)
    mirror = mirror_of(local_store, home)
    mirror.write({})
    (home / FLEET).write_text("[1]")
    SqlBots(local_store).update(bot.id, settings_of("Renamed"), bot.version)

    assert mirror.write({}) == (FLEET,)
    assert (home / FLEET).read_text() == "[1]"


def test_another_process_goes_on_with_the_files_of_the_last(local_store: Store, home: Path) -> None:
    a_bot(local_store)
    mirror_of(local_store, home).write({})

    assert mirror_of(local_store, home).write(RUNNING) == ()
    assert read(home / FLEET)[0]["status"] == "running"


def test_S1_a_crash_between_the_manifest_and_the_file_leaves_a_file_that_is_ours(
    local_store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_bot(local_store)
    mirror_of(local_store, home).write({})
    before = (home / FLEET).read_bytes()
    rename = Path.replace

    def power_cut(self: Path, target: Path) -> Path:
        if target.name == FLEET:
            raise OSError(5, "power cut")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", power_cut)
        with pytest.raises(StoreError, match="power cut"):
            mirror_of(local_store, home).write(RUNNING)

    assert (home / FLEET).read_bytes() == before
    assert mirror_of(local_store, home).write(RUNNING) == ()
    assert read(home / FLEET)[0]["status"] == "running"


def test_the_position_file_of_a_deleted_bot_goes_with_it(local_store: Store, home: Path) -> None:
    bot = a_bot(local_store)
    a_journal(local_store, bot).book([a_fill(1)])
    mirror = mirror_of(local_store, home)
    mirror.write(RUNNING)
    (home / "bot_9_position.json").write_text("{}")

    SqlBots(local_store).delete(bot.id)
    mirror.write({})

    assert files_of_others(home, "k7x2") == ("bot_9_position.json",)
    assert sorted(path.name for path in home.iterdir()) == sorted(
        [FLEET, MANIFEST, "bot_9_position.json"]
    )


def test_S4_the_files_of_a_store_that_was_lost_stay_as_they_are(
    local_store: Store, home: Path
) -> None:
    bot = a_bot(local_store)
    a_journal(local_store, bot).book([a_fill(1)])
    mirror_of(local_store, home).write(RUNNING)
    before = {path.name: path.read_bytes() for path in home.iterdir()}
    SqlBots(local_store).delete(bot.id)  # as an empty store looks

    assert mirror_of(local_store, home, "n3w0").write({}) == (FLEET,)

    assert {path.name: path.read_bytes() for path in home.iterdir()} == before
    assert written_by(home) == "k7x2"
    assert FLEET in files_of_others(home, "n3w0")
    assert not files_of_others(home, "k7x2")


def test_nothing_is_written_while_nothing_changes(local_store: Store, home: Path) -> None:
    a_bot(local_store)
    mirror = mirror_of(local_store, home)
    mirror.write(RUNNING)
    before = {path: path.stat().st_mtime_ns for path in home.iterdir()}

    mirror.write(RUNNING)

    assert {path: path.stat().st_mtime_ns for path in home.iterdir()} == before


# ---------------------------------------------------------------- import

ENTRY = {
    "id": 1,
    "name": "BTC Bot",
    "symbol": "BTCUSDT",
    "strategy": "volatile",
    "trade_amount": 100,
    "status": "running",
    "profit": 5.25,
    "trades": 3,
}
POSITION = {
    "position": "LONG",
    "entry_price": 50000.00,
    "stop_loss": 49000.00,
    "take_profit": 52500.00,
    "symbol": "BTCUSDT",
    "has_traded": True,
    "initial_investment": 100.00,
    "timestamp": "2025-10-24T10:30:00",
}


def an_old_system(folder: Path, entries: object, **positions: object) -> Path:
    old = folder / "old"
    old.mkdir()
    (old / FLEET).write_text(json.dumps(entries))
    for name, position in positions.items():
        (old / f"{name}_position.json").write_text(json.dumps(position))
    return old


def take_over(
    store: Store, folder: Path, quantity: str | None = None, lost: str = ""
) -> ImportReport:
    def create(bot_id: int, settings: BotSettings, spent: Decimal) -> Bot:
        return SqlBots(store).create(settings, "BTC", "USDT", NOW, bot_id=bot_id)

    def book(bot: Bot, fill: FillBooked) -> None:
        leases = the_leases(store)
        lease = leases.acquire(bot.id, PROCESSES.here("import"), NOW)
        SqlJournal(store, bot, lease).book([fill])
        leases.release(lease)

    def quantity_of(position: SeedPosition) -> Decimal | None:
        return Decimal(quantity) if quantity else position.quantity

    return SeedImport(create, book, quantity_of, lost).run(folder)


def test_a_bot_and_its_position_are_taken_over_and_the_files_stay(
    store: Store, tmp_path: Path
) -> None:
    old = an_old_system(tmp_path, [ENTRY], bot_1=POSITION)
    before = {path.name: path.read_bytes() for path in old.iterdir()}

    report = take_over(store, old, "0.002")

    bot = SqlBots(store).get(1)
    totals = SqlRecords(store).totals()[1]
    assert (bot.settings.stop_loss, bot.settings.take_profit) == (2, 5)
    assert (totals.quantity, totals.entry_price) == (Decimal("0.002"), 50000)
    assert (totals.cash, totals.opened_at) == (0, 1_761_301_800_000)
    assert report.taken == (
        "bot 1 BTC Bot: BTCUSDT, volatile, 100",
        "bot 1 BTC Bot: its position, 0.002 BTC bought at 50000",
    )
    assert report.left_out == (
        "bot 1 BTC Bot: its past profit and trades: the fills are not in the files",
    )
    assert {path.name: path.read_bytes() for path in old.iterdir()} == before


def test_S4_a_bot_of_a_lost_store_comes_with_its_amount_and_levels_and_no_books(
    store: Store, tmp_path: Path
) -> None:
    held = {**POSITION, "quantity": 0.0021}  # bought for more than the amount: profits compounded

    report = take_over(store, an_old_system(tmp_path, [ENTRY], bot_1=held), lost="k7x2")

    settings, totals = SqlBots(store).get(1).settings, SqlRecords(store).totals()[1]
    assert (settings.trade_amount, settings.stop_loss, settings.take_profit) == (100, 2, 5)
    assert (totals.quantity, totals.cash) == (0, 100)
    assert report.taken == ("bot 1 BTC Bot: BTCUSDT, volatile, 100",)
    assert "tradefleet rebuild 1 --installation k7x2" in report.left_out[0]


def test_a_position_of_unknown_quantity_is_never_guessed(store: Store, tmp_path: Path) -> None:
    report = take_over(store, an_old_system(tmp_path, [ENTRY], bot_1=POSITION))

    assert SqlRecords(store).totals()[1].quantity == 0
    assert "how much it holds is not known" in report.left_out[0]


def test_a_position_that_cost_more_than_the_trade_amount_sets_the_budget(
    store: Store, tmp_path: Path
) -> None:
    take_over(store, an_old_system(tmp_path, [ENTRY], bot_1=POSITION), "0.0021")

    assert SqlBots(store).get(1).settings.trade_amount == 105
    assert SqlRecords(store).totals()[1].cash == 0


def test_importing_again_takes_nothing_twice(store: Store, tmp_path: Path) -> None:
    old = an_old_system(tmp_path, {"1": ENTRY}, bot_1=POSITION)
    take_over(store, old, "0.002")

    report = take_over(store, old, "0.002")

    assert report.taken == ()
    assert "bot 1 exists" in report.left_out[0]
    assert SqlRecords(store).totals()[1].quantity == Decimal("0.002")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"id": "1"}, "id: expected a whole number from 1, was '1'"),
        ({"id": True}, "id: expected a whole number from 1, was True"),
        ({"name": None}, "name: expected a text"),
        ({"trade_amount": "100"}, "trade_amount: expected a number, was '100'"),
        ({"trade_amount": -1}, "trade_amount: expected a number above 0"),
        ({"trade_amount": float("nan")}, "trade_amount: expected a number, was nan"),
    ],
)
def test_an_entry_that_makes_no_sense_is_left_out_and_the_others_come(
    local_store: Store, tmp_path: Path, change: dict[str, Any], complaint: str
) -> None:
    old = an_old_system(tmp_path, [ENTRY | change, ENTRY | {"id": 2}, "noise"])

    report = take_over(local_store, old)

    assert [bot.id for bot in SqlBots(local_store).all()] == [2]
    assert complaint in report.left_out[0]
    assert report.left_out[-1] == "entry 3: expected an object, was 'noise'"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"symbol": "ETHUSDT"}, "it is in ETHUSDT, but the bot trades BTCUSDT"),
        ({"timestamp": "yesterday"}, "timestamp: expected something like"),
        ({"entry_price": 0}, "expected entry_price above 0"),
        ({"stop_loss": "49000"}, "stop_loss: expected a number"),
    ],
)
def test_a_position_that_makes_no_sense_is_left_out_and_the_bot_comes(
    local_store: Store, tmp_path: Path, change: dict[str, Any], complaint: str
) -> None:
    old = an_old_system(tmp_path, [ENTRY], bot_1=POSITION | change)

    report = take_over(local_store, old, "0.002")

    assert SqlRecords(local_store).totals()[1].quantity == 0
    assert complaint in report.left_out[0]


def test_a_flat_position_file_is_no_position(local_store: Store, tmp_path: Path) -> None:
    old = an_old_system(tmp_path, [ENTRY], bot_1=POSITION | {"position": None})

    assert len(take_over(local_store, old, "0.002").taken) == 1


@pytest.mark.parametrize("content", ["", "{", "3", '"text"', "[" * 100_000])
def test_a_file_that_is_no_list_of_bots_is_refused(
    local_store: Store, tmp_path: Path, content: str
) -> None:
    (tmp_path / FLEET).write_text(content)

    with pytest.raises(InputError, match=FLEET):
        take_over(local_store, tmp_path)


def test_an_export_can_be_imported_with_nothing_left_out(
    local_store: Store, tmp_path: Path, home: Path
) -> None:
    journal = a_journal(local_store, a_bot(local_store))
    journal.book([a_fill(1, fee="0.000002")])
    protect(journal, "49000", "52500")
    mirror_of(local_store, home).write({})
    other = Store.locate("", tmp_path / "other", "paper")
    migrate(other)

    report = take_over(other, home)

    assert report.left_out == ()
    assert SqlRecords(other).totals()[1].quantity == Decimal("0.001998")


def test_the_account_s_own_fills_tell_a_quantity_where_they_fit() -> None:
    fills = [
        a_fill(1, quantity="5").fill,
        a_fill(2, Side.SELL, quantity="5").fill,
        a_fill(3, quantity="0.001", fee="0.000001").fill,
        a_fill(4, quantity="0.001", price="50010", fee="0.000001").fill,
    ]

    assert held_since_last_sell(fills, "BTC", Decimal(50005)) == Decimal("0.001998")
    assert held_since_last_sell(fills, "BTC", Decimal(48000)) is None
    assert held_since_last_sell(fills[:2], "BTC", Decimal(50000)) is None


def test_an_intent_is_no_protection(local_store: Store, home: Path) -> None:
    journal = a_journal(local_store, a_bot(local_store))
    journal.record_intent(an_intent(1))
    journal.book([a_fill(1)])

    mirror_of(local_store, home).write(RUNNING)

    assert read(home / "bot_1_position.json")["stop_loss"] is None
