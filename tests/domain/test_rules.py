"""What forbids an entry, why, and how far it is from that."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tradefleet.domain.bot import BotSettings
from tradefleet.domain.candle import DAY, HOUR, MINUTE
from tradefleet.domain.errors import InputError
from tradefleet.domain.instrument import Instrument
from tradefleet.domain.ledger import Ledger
from tradefleet.domain.position import ExitReason, Trade
from tradefleet.domain.rules import (
    RULES,
    Circumstances,
    Distance,
    Slippage,
    build_rules,
    first_veto,
)

BTCUSDT = Instrument("BTCUSDT", "BTC", "USDT", tick_size=Decimal("0.01"))
SETTINGS = BotSettings("Bot", "BTCUSDT", "volatile", Decimal(100))
NOW = 20_000 * DAY + 12 * HOUR
ONE = Decimal(1)


def ledger(
    flow: str = "0",
    *profits: str,
    ago_ms: int = HOUR,
    reason: ExitReason = ExitReason.SIGNAL,
) -> Ledger:
    trades = tuple(a_trade(profit, NOW - ago_ms, reason) for profit in profits)
    return Ledger(BTCUSDT, Decimal(100), flow=Decimal(flow), trades=trades)


def a_trade(profit: str, exit_time: int, reason: ExitReason = ExitReason.SIGNAL) -> Trade:
    return Trade("BTCUSDT", 0, ONE, exit_time, ONE, ONE, ONE, ONE, Decimal(profit), reason)


def veto(rules: dict[str, dict[str, object]], books: Ledger) -> str:
    return first_veto(build_rules(rules), Circumstances(books, NOW, Decimal(50_000)))


def test_no_rule_is_on_by_default() -> None:
    assert SETTINGS.rules == {}
    assert veto({}, ledger("0", "-50", "-50", "-50")) == ""


@pytest.mark.parametrize(
    ("minutes_ago", "why"),
    [
        (0, "Pause after a trade: cooling down for another 30 minutes"),
        (29, "Pause after a trade: cooling down for another 1 minutes"),
        (30, ""),
    ],
)
def test_cooldown_waits_after_a_trade(minutes_ago: int, why: str) -> None:
    assert veto({"cooldown": {}}, ledger("0", "1", ago_ms=minutes_ago * MINUTE)) == why


def test_cooldown_before_the_first_trade_waits_for_nothing() -> None:
    assert veto({"cooldown": {"minutes": 60}}, ledger()) == ""


@pytest.mark.parametrize(
    ("profits", "hours_ago", "blocked"),
    [
        (["-1", "-1", "-1"], 1, True),
        (["5", "-1", "-1", "-1"], 23, True),
        (["-1", "-1", "-1"], 24, False),
        (["-1", "-1"], 1, False),
        (["-1", "0", "-1"], 1, False),
        (["-1", "-1", "-1", "2"], 1, False),
    ],
)
def test_losses_in_a_row_pause_entries(profits: list[str], hours_ago: int, blocked: bool) -> None:
    said = veto({"loss_streak": {}}, ledger("0", *profits, ago_ms=hours_ago * HOUR))

    assert bool(said) is blocked


@pytest.mark.parametrize(
    ("profits", "hours_ago", "why"),
    [
        (["-3", "-2"], 1, "Loss limit per day: lost 5 of 5 USDT today"),
        (["-3", "-1.99"], 1, ""),
        (["-9", "6"], 1, ""),
        (["-50"], 13, ""),
    ],
)
def test_a_day_may_cost_only_so_much(profits: list[str], hours_ago: int, why: str) -> None:
    assert veto({"daily_loss": {}}, ledger("0", *profits, ago_ms=hours_ago * HOUR)) == why


def test_the_first_rule_that_objects_is_heard() -> None:
    rules: dict[str, dict[str, object]] = {"daily_loss": {}, "cooldown": {"minutes": 600}}

    assert veto(rules, ledger("0", "-50")).startswith("Pause after a trade")


@pytest.mark.parametrize(
    ("rules", "field", "why"),
    [
        ({"cooldwn": {}}, "rules", "did you mean 'cooldown'"),
        ({"cooldown": {"minute": 3}}, "rules.cooldown.minute", "did you mean 'minutes'"),
        ({"cooldown": {"minutes": 0}}, "rules.cooldown.minutes", "at least 1"),
        ({"cooldown": {"minutes": "5"}}, "rules.cooldown.minutes", "type int"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_field(
    rules: dict[str, dict[str, object]], field: str, why: str
) -> None:
    with pytest.raises(InputError, match=why) as error:
        build_rules(rules)

    assert error.value.field == field


@pytest.mark.parametrize("key", RULES)
def test_every_rule_explains_itself(key: str) -> None:
    assert RULES[key].title
    assert RULES[key].__doc__
    assert all(p.help.endswith(".") for p in RULES[key].parameters().values())


# ---------------------------------------------------------------- rules that look around


QUIET = Circumstances(ledger(), NOW, Decimal(50_000))


def said(key: str, values: dict[str, object], circumstances: Circumstances) -> tuple[str, Distance]:
    (rule,) = build_rules({key: values})
    return rule.veto(circumstances), rule.distance(circumstances)


def test_drawdown_counts_from_the_highest_point_and_forgives_after_its_days() -> None:
    trades = (a_trade("100", NOW - 3 * DAY), a_trade("-40", NOW - 2 * DAY))
    books = replace(ledger(), trades=trades)
    fallen = Circumstances(books, NOW, Decimal(50_000))

    why, distance = said("drawdown", {"percent": 20.0}, fallen)
    assert why == "20 of 20 % below the highest of 7 days"
    assert distance.share == 1
    assert said("drawdown", {"percent": 20.1}, fallen)[0] == ""
    later = Circumstances(books, NOW + 6 * DAY, Decimal(50_000))
    assert said("drawdown", {"percent": 20.0}, later)[0] == ""


def test_money_that_is_all_gone_is_a_drawdown_of_everything() -> None:
    lost = Circumstances(ledger("0", "-100"), NOW, Decimal(50_000))
    older = replace(lost, now=NOW + 8 * DAY)

    assert said("drawdown", {"percent": 100.0}, lost)[0]
    assert said("drawdown", {"percent": 100.0}, older)[0]


@pytest.mark.parametrize(
    ("stops", "hours_ago", "blocked"), [(3, 11, True), (2, 11, False), (3, 13, False)]
)
def test_a_cluster_of_stop_losses_pauses_entries(stops: int, hours_ago: int, blocked: bool) -> None:
    books = ledger("0", *["-1"] * stops, ago_ms=hours_ago * HOUR, reason=ExitReason.STOP_LOSS)

    why, _ = said("stop_cluster", {}, Circumstances(books, NOW, Decimal(50_000)))

    assert bool(why) is blocked


def test_losses_of_the_strategy_are_no_cluster_of_stops() -> None:
    books = Circumstances(ledger("0", "-1", "-1", "-1"), NOW, Decimal(50_000))

    assert said("stop_cluster", {}, books) == (
        "",
        Distance("0 of 3 stop losses within 12 hours", Decimal(0)),
    )


@pytest.mark.parametrize(("spend", "blocked"), [("100", False), ("100.01", True)])
def test_exposure_counts_what_all_bots_have_in_the_coin(spend: str, blocked: bool) -> None:
    seen = replace(QUIET, others_in_asset=Decimal(400), spend=Decimal(spend))

    why, distance = said("exposure", {}, seen)

    assert bool(why) is blocked
    assert distance.text == f"{Decimal(400) + Decimal(spend)} of 500 USDT in BTC with this entry"


@pytest.mark.parametrize(("others", "blocked"), [(2, False), (3, True), (4, True)])
def test_only_so_many_bots_hold_something_at_once(others: int, blocked: bool) -> None:
    assert bool(said("open_bots", {}, replace(QUIET, others_open=others))[0]) is blocked


@pytest.mark.parametrize(("spread", "blocked"), [("0.3", False), ("0.31", True), (None, True)])
def test_D8_a_wide_crossed_or_empty_book_is_not_bought_from(
    spread: str | None, blocked: bool
) -> None:
    seen = replace(QUIET, spread=None if spread is None else Decimal(spread))

    assert bool(said("spread", {}, seen)[0]) is blocked


def test_a_spread_nobody_knows_has_no_distance() -> None:
    assert said("spread", {}, QUIET)[1] == Distance(
        "no spread can be told; the limit is 0.3 %", None
    )


def test_slippage_is_the_average_of_the_last_entries_and_forgiven_after_a_day() -> None:
    paid = tuple(Slippage(NOW - HOUR, Decimal(p)) for p in ("9", "0.4", "0.5", "0.7"))
    seen = replace(QUIET, slippages=paid)

    assert said("slippage", {}, seen)[0] == "the last 3 entries paid 0.53 of 0.5 % too much"
    assert said("slippage", {}, replace(seen, now=NOW + 24 * HOUR))[0] == ""
    assert said("slippage", {}, replace(seen, slippages=paid[:2]))[0] == ""


@pytest.mark.parametrize(("age_s", "blocked"), [(60, False), (61, True)])
def test_D3_old_data_is_not_bought_on(age_s: int, blocked: bool) -> None:
    seen = replace(QUIET, closed_at=NOW - age_s * 1_000)

    assert bool(said("stale_data", {}, seen)[0]) is blocked
    assert said("stale_data", {}, QUIET)[0] == "no candle yet; the limit is 60 seconds"


@pytest.mark.parametrize(
    ("failures", "hours_ago", "blocked"), [(5, 23, True), (4, 23, False), (5, 25, False)]
)
def test_Y1_a_strategy_that_fails_too_often_buys_nothing(
    failures: int, hours_ago: int, blocked: bool
) -> None:
    seen = replace(QUIET, failed_at=(NOW - hours_ago * HOUR,) * failures)

    assert bool(said("strategy_failures", {}, seen)[0]) is blocked


@pytest.mark.parametrize(
    ("key", "text", "share"),
    [
        ("cooldown", "over; it lasts 30 minutes", "0"),
        ("loss_streak", "2 of 3 losses in a row", "0.6667"),
        ("daily_loss", "lost 3.2 of 5 USDT today", "0.64"),
        ("open_bots", "0 of 3 bots hold a position besides this one", "0"),
    ],
)
def test_every_rule_tells_how_far_its_limit_is(key: str, text: str, share: str) -> None:
    seen = Circumstances(ledger("0", "-1.2", "-2"), NOW, Decimal(50_000))

    why, distance = said(key, {}, seen)

    assert why == ""
    assert distance.text == text
    assert distance.share == pytest.approx(Decimal(share), abs=Decimal("0.001"))


@pytest.mark.parametrize("key", RULES)
def test_every_rule_can_be_asked_when_nothing_is_known(key: str) -> None:
    (rule,) = build_rules({key: {}})
    empty = Circumstances(ledger(), NOW, Decimal(50_000))

    assert rule.distance(empty).text
    assert rule.distance(empty).share in (0, None)
