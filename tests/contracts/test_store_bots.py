"""The fleet as the person set it up: `Bots`."""

from decimal import Decimal

import pytest

from tests.contracts.fleet import NOW, a_bot, a_journal, settings
from tests.contracts.fleet import a_fill as a_fill_of
from tradefleet.adapters.store.bots import SqlBots, installation_id
from tradefleet.adapters.store.engine import Store
from tradefleet.domain.bot import Sizing, Wish
from tradefleet.domain.errors import InputError


def test_a_bot_comes_back_as_it_was_set_up(store: Store) -> None:
    wanted = settings(
        amount="100.123456789012345678",
        sizing=Sizing.FIXED,
        stop_loss=Decimal("1.5"),
        parameters={"rsi_period": 14, "strict": True, "share": 0.25},
        rules={"cooldown": {"minutes": 5}},
    )
    made = SqlBots(store).create(wanted, "BTC", "USDT", NOW)

    assert SqlBots(store).get(made.id) == made
    assert made.settings == wanted
    assert made.wish is Wish.STOP_KEEP
    assert made.created_at == NOW


def test_ids_are_never_used_again(store: Store) -> None:
    bots = SqlBots(store)
    first, second = a_bot(store), a_bot(store)
    bots.delete(second.id)

    third = a_bot(store)

    assert (first.id, second.id, third.id) == (1, 2, 3)
    assert [bot.id for bot in bots.all()] == [1, 3]


def test_a_free_id_may_be_asked_for_and_a_used_one_is_refused(store: Store) -> None:
    bots = SqlBots(store)

    assert bots.create(settings(), "BTC", "USDT", NOW, bot_id=7).id == 7
    assert a_bot(store).id == 8
    assert bots.create(settings(), "BTC", "USDT", NOW, bot_id=3).id == 3
    bots.delete(7)
    with pytest.raises(InputError) as refused:
        bots.create(settings(), "BTC", "USDT", NOW, bot_id=7)
    assert refused.value.code == "id_taken"


def test_a_create_request_that_comes_twice_makes_one_bot(store: Store) -> None:
    bots = SqlBots(store)

    once = bots.create(settings(), "BTC", "USDT", NOW, key="f81d4fae")
    again = bots.create(settings("Another"), "BTC", "USDT", NOW, key="f81d4fae")

    assert again == once
    assert len(bots.all()) == 1


def test_an_unknown_bot_is_said_to_be_unknown(store: Store) -> None:
    bots = SqlBots(store)
    gone = a_bot(store)
    bots.delete(gone.id)

    for ask in (bots.get, bots.delete, lambda bot_id: bots.wish(bot_id, Wish.RUN)):
        with pytest.raises(InputError) as refused:
            ask(gone.id)
        assert refused.value.code == "unknown_bot"


def test_a_change_made_against_an_older_version_is_refused(store: Store) -> None:
    bots = SqlBots(store)
    bot = a_bot(store)

    changed = bots.update(bot.id, settings("Mine"), bot.version)
    with pytest.raises(InputError) as refused:
        bots.update(bot.id, settings("Yours"), bot.version)

    assert refused.value.code == "stale_version"
    assert bots.get(bot.id).settings.name == "Mine"
    assert changed.version == bot.version + 1


def test_a_wish_clears_the_failure(store: Store) -> None:
    bots = SqlBots(store)
    bot = a_bot(store)
    bots.fail(bot.id, "the strategy is missing")
    assert bots.get(bot.id).failure == "the strategy is missing"

    wished = bots.wish(bot.id, Wish.RUN)

    assert wished == bots.get(bot.id)
    assert (wished.wish, wished.failure) == (Wish.RUN, "")


def test_the_symbol_may_change_until_the_bot_has_traded(store: Store) -> None:
    bots = SqlBots(store)
    bot = a_bot(store)
    ether = settings()
    ether = type(ether)("ETH Bot", "ETHUSDT", "volatile", Decimal(100))

    changed = bots.update(bot.id, ether, bot.version, base="ETH", quote="USDT")
    assert changed.base == "ETH"

    back = bots.update(bot.id, settings(), changed.version, base="BTC", quote="USDT")
    a_journal(store, back).book([a_fill_of(1)])
    with pytest.raises(InputError) as refused:
        bots.update(bot.id, ether, back.version, base="ETH", quote="USDT")
    assert refused.value.code == "symbol_in_use"


def test_an_installation_keeps_its_four_characters(store: Store) -> None:
    first = installation_id(store)

    assert installation_id(store) == first
    assert len(first) == 4
    assert first.isalnum()
    assert not set(first) & set("aeiou")
