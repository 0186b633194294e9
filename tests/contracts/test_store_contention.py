"""Many processes, and processes that die: nothing is lost, nothing is half done."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from tests.contracts.contention import at_once, create_bots, raise_the_amount, take_the_bot
from tests.contracts.fleet import a_bot
from tests.skips import ROOT
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.migrate import migrate
from tradefleet.adapters.store.records import SqlRecords
from tradefleet.adapters.store.tables import equity
from tradefleet.adapters.store.upkeep import quick_check
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.ledger import FillBooked, replay
from tradefleet.ports.journal import IntentState


def test_twenty_processes_get_a_hundred_ids(store: Store) -> None:
    ids = [bot_id for made in at_once(create_bots, store, 20) for bot_id in made]

    assert sorted(ids) == list(range(1, 101))


def test_twenty_processes_that_change_one_bot_lose_no_change(store: Store) -> None:
    a_bot(store, amount="100")

    at_once(raise_the_amount, store, 20)

    assert SqlBots(store).get(1).settings.trade_amount == 160
    assert SqlBots(store).get(1).version == 61


def test_threads_share_a_store(store: Store) -> None:
    bots = SqlBots(store)
    store.close()

    with ThreadPoolExecutor(8) as threads:
        made = threads.map(lambda _: a_bot(store).id, range(40))

    assert sorted(made) == list(range(1, 41))
    assert len(bots.all()) == 40


def test_S7_of_fifty_processes_that_take_one_bot_one_gets_it(store: Store) -> None:
    a_bot(store)

    epochs = at_once(take_the_bot, store, 50)

    assert sorted(epochs) == [0] * 49 + [1]


def test_P15_a_killed_writer_leaves_whole_books_with_all_it_had_said(tmp_path: Path) -> None:
    store = Store.locate("", tmp_path, "paper")
    migrate(store)
    bot = a_bot(store)
    store.close()
    said: list[str] = []
    for lines in (1, 2, 3, 8, 25, 60):
        said += lines_until_killed(tmp_path, lines)

        assert quick_check(store) == ""
        records = SqlRecords(store)
        fills = list(reversed(records.fills(bot.id, 1000)))
        ledger = replay(Instrument("BTCUSDT", "BTC", "USDT"), Decimal(100), map(FillBooked, fills))
        totals = records.totals()[bot.id]
        assert (totals.cash, totals.trades) == (ledger.cash, len(ledger.trades))
        assert {f"booked {fill.trade_id}" for fill in fills} >= set(filter(is_booking, said))
        intents = records.intents(bot.id, 1000)
        assert {f"meant {intent.sequence}" for intent in intents} >= set(said) - set(
            filter(is_booking, said)
        )
        done = {intent.sequence for intent in intents if intent.state is IntentState.DONE}
        assert done <= {fill.trade_id for fill in fills}
        store.close()


def is_booking(line: str) -> bool:
    return line.startswith("booked")


def lines_until_killed(home: Path, lines: int) -> list[str]:
    """Let a writer say so many lines, kill it without warning, and return all it said."""
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.contracts.contention", str(home)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )
    assert writer.stdout is not None
    said = [writer.stdout.readline().strip() for _ in range(lines)]
    writer.send_signal(signal.SIGKILL)
    rest, _ = writer.communicate()
    whole = rest.splitlines(keepends=True)
    return said + [line.strip() for line in whole if line.endswith("\n")]


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20))
@example(Decimal("0.123456789012345678"))
@example(Decimal("12345678901234567890.123456789012345678"))
@example(Decimal("1E-28"))
@hypothesis_settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_money_comes_back_to_the_last_digit(store: Store, amount: Decimal) -> None:
    with store.write() as connection:
        connection.execute(delete(equity))
        connection.execute(insert(equity).values(bot_id=1, at=1, equity=amount, holding=amount))
        stored = connection.scalar(select(equity.c.equity))

    assert stored == amount
    assert isinstance(stored, Decimal)
