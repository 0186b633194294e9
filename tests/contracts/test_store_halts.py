"""The stop of the whole fleet, and the receipts of its bots: `Halts`."""

from tests.contracts.fleet import NOW, a_bot
from tradefleet.adapters.store.bots import SqlBots
from tradefleet.adapters.store.engine import Store
from tradefleet.adapters.store.halts import SqlHalts
from tradefleet.adapters.store.notices import SqlActivities
from tradefleet.domain.bot import Halt, Wish
from tradefleet.ports.halts import BotReceipt


def test_every_bot_heeds_a_halt_and_remembers_what_it_alone_was_told(store: Store) -> None:
    bots, halts = SqlBots(store), SqlHalts(store)
    one, other = a_bot(store), a_bot(store)
    bots.wish(one.id, Wish.RUN)

    halts.raise_halt(Halt.KEEP, "owner", NOW)

    assert [bot.wish for bot in bots.all()] == [Wish.STOP_KEEP, Wish.STOP_KEEP]
    assert bots.own_wish(one.id) is Wish.RUN
    assert bots.own_wish(other.id) is Wish.STOP_KEEP
    assert halts.reset("owner", NOW, resume=True)
    assert bots.get(one.id).wish is Wish.RUN


def test_without_resume_who_ran_stays_stopped(store: Store) -> None:
    bots, halts = SqlBots(store), SqlHalts(store)
    bot = a_bot(store)
    bots.wish(bot.id, Wish.RUN)
    halts.raise_halt(Halt.SELL, "owner", NOW)

    assert halts.reset("owner", NOW, resume=False)
    assert not halts.reset("owner", NOW, resume=False)

    assert bots.get(bot.id).wish is Wish.STOP_KEEP
    told = [activity.action for activity in SqlActivities(store).newest()]
    assert told == ["reset", "panic"]


def test_who_failed_is_told_to_keep_or_to_sell_as_well(store: Store) -> None:
    bots, halts = SqlBots(store), SqlHalts(store)
    bot = a_bot(store)
    bots.wish(bot.id, Wish.RUN)
    bots.fail(bot.id, "its strategy is gone")

    halts.raise_halt(Halt.PAUSE, "owner", NOW)
    assert bots.get(bot.id).failure

    halts.raise_halt(Halt.SELL, "owner", NOW)
    assert not bots.get(bot.id).failure


def test_a_bot_owes_a_receipt_from_when_it_was_told_until_it_left_one(store: Store) -> None:
    halts = SqlHalts(store)
    bot = a_bot(store)
    assert halts.owing() == frozenset()

    halts.expect(bot.id, 3, NOW)
    halts.leave(BotReceipt(bot.id, 2, Halt.KEEP, NOW))
    assert halts.owing() == {bot.id}

    halts.leave(BotReceipt(bot.id, 3, Halt.KEEP, NOW))
    assert halts.owing() == frozenset()
    assert halts.receipts()[bot.id].version == 3
    halts.expect(bot.id, 3, NOW)  # told once more what it did already
    assert halts.owing() == frozenset()
