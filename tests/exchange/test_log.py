"""The memory on disk: nothing acknowledged is lost, nobody else writes into it."""

import json
from decimal import Decimal

import pytest

from tradefleet.domain.errors import InputError, StoreError
from tradefleet.domain.order import OrderType, Side
from tradefleet.exchange.books.log import FileLog
from tradefleet.exchange.books.orders import Order, TimeInForce, order_from, record_of


def test_what_was_appended_is_replayed_by_the_next(tmp_path):
    log = FileLog(tmp_path)
    log.append({"orders": [1]})
    log.append({"orders": [2]})
    log.close()

    assert list(FileLog(tmp_path).replay()) == [{"orders": [1]}, {"orders": [2]}]


@pytest.mark.parametrize("torn", [b'{"orders": [3', b'{"orders": [3]}', b"\x00\x00"])
def test_a_torn_last_line_is_cut_off(tmp_path, torn):
    log = FileLog(tmp_path)
    log.append({"orders": [1]})
    log.close()
    with (tmp_path / "exchange.log").open("ab") as file:
        file.write(torn)

    log = FileLog(tmp_path)
    assert list(log.replay()) == [{"orders": [1]}]
    log.append({"orders": [2]})

    assert list(log.replay()) == [{"orders": [1]}, {"orders": [2]}]


def test_a_broken_line_in_the_middle_is_not_passed_over(tmp_path):
    (tmp_path / "exchange.log").write_bytes(b'{"a": 1}\nrubbish\n{"b": 2}\n')

    with pytest.raises(StoreError, match="line 2"):
        list(FileLog(tmp_path).replay())


def test_compaction_leaves_one_record_and_goes_on(tmp_path):
    log = FileLog(tmp_path)
    for number in range(100):
        log.append({"n": number})

    log.compact({"state": "all"})
    log.append({"n": 100})

    assert list(log.replay()) == [{"state": "all"}, {"n": 100}]


def test_a_second_exchange_in_the_same_folder_is_told_so(tmp_path):
    first = FileLog(tmp_path)

    with pytest.raises(InputError, match="in use by another exchange"):
        FileLog(tmp_path)

    first.close()
    FileLog(tmp_path).close()


def test_starting_anew_keeps_the_old_log(tmp_path):
    log = FileLog(tmp_path)
    log.append({"n": 1})

    log.archive("20260101T000000")

    assert list(log.replay()) == []
    assert (tmp_path / "archive-20260101T000000.log").exists()


def test_an_order_of_every_field_comes_back_from_its_record():
    order = Order(
        id=7,
        uid=1,
        symbol="BTCUSDT",
        client_id="mine",
        side=Side.SELL,
        type=OrderType.STOP_LOSS_LIMIT,
        time_in_force=TimeInForce.GTC,
        quantity=Decimal("2.5"),
        price=Decimal(98),
        stop_price=Decimal(99),
        quote_quantity=Decimal(0),
        time=1,
        updated_at=2,
        iceberg_quantity=Decimal("0.5"),
        trailing_delta=100,
        trailing_at=2,
        trailing_extreme=Decimal("101.5"),
    )

    assert order_from(json.loads(json.dumps(record_of(order)))) == order
