"""How messages reach a person."""

from zoneinfo import ZoneInfo

from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeFindings, FakeOutbox, FakeSnapshots
from tradefleet.application.guardian.delivery import Delivery
from tradefleet.application.guardian.hours import Hours
from tradefleet.domain.errors import NotifyError
from tradefleet.ports.notices import Message


class FakeNotifier:
    def __init__(self, name: str = "sms") -> None:
        self.name = name
        self.trouble: NotifyError | None = None
        self.texts: list[str] = []

    def send(self, text: str) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.texts.append(text)


class Post:
    def __init__(
        self, *notifiers: FakeNotifier, most_a_day: int = 50, hours: Hours | None = None
    ) -> None:
        self.clock = FakeClock()
        self.outbox = FakeOutbox()
        self.findings = FakeFindings()
        self.delivery = Delivery(
            self.outbox,
            notifiers,
            self.findings,
            FakeSnapshots(),
            self.clock,
            hours or Hours(),
            most_a_day,
        )

    def put(self, text: str, kind: str = "alarm") -> None:
        self.outbox.put(Message(kind, text, self.clock.now()))

    def live(self, seconds: int) -> None:
        for _ in range(seconds):
            self.delivery.deliver()
            self.clock.advance(seconds=1)


def test_a_message_is_sent_once_through_every_notifier():
    sms, telegram = FakeNotifier(), FakeNotifier("apprise")
    post = Post(sms, telegram)
    post.put("hello")
    post.live(10)
    assert sms.texts == telegram.texts == ["hello"]


def test_L1_what_fails_is_tried_again_with_growing_pauses():
    sms = FakeNotifier()
    post = Post(sms)
    post.put("hello")
    sms.trouble = NotifyError("no answer")
    post.live(100)
    assert post.outbox.rows[1].attempts == 3
    assert "notify_failing" in post.findings.codes

    sms.trouble = None
    post.live(200)
    assert sms.texts == ["hello"]
    assert "notify_failing" not in post.findings.codes


def test_a_wrong_number_is_not_tried_again():
    sms = FakeNotifier()
    sms.trouble = NotifyError("no such number", permanent=True)
    post = Post(sms)
    post.put("hello")
    post.live(1_000)
    assert post.outbox.rows[1].attempts == 1


def test_L1_one_way_that_works_is_enough():
    sms, telegram = FakeNotifier(), FakeNotifier("apprise")
    sms.trouble = NotifyError("no answer")
    post = Post(sms, telegram)
    post.put("hello")
    post.live(100)
    assert telegram.texts == ["hello"]
    assert "notify_failing" in post.findings.codes


def test_L2_there_is_a_daily_cap():
    sms = FakeNotifier()
    post = Post(sms, most_a_day=3)
    for number in range(5):
        post.put(f"hello {number}")
    post.live(5)
    assert len(sms.texts) == 3

    post.clock.advance(seconds=24 * 3600)
    post.put("good morning")
    post.live(2)
    assert sms.texts[-1] == "good morning"


def test_by_night_alarms_come_and_the_rest_waits_for_the_morning():
    sms = FakeNotifier()
    post = Post(sms, hours=Hours(ZoneInfo("Europe/Berlin"), (22 * 60, 7 * 60)))  # it is 01:00
    post.put("summary of the evening", "summary")
    post.put("a trade", "trade")
    post.put("a bot is silent")
    post.live(10)
    assert sms.texts == ["a bot is silent"]

    post.clock.advance(seconds=6 * 3600 - 11)
    post.live(1)
    assert sms.texts == ["a bot is silent"]
    post.live(2)
    assert sms.texts[1:] == ["summary of the evening", "a trade"]
    assert post.outbox.rows[1].attempts == 0
