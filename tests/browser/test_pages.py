"""What holds on every page: it fits, it is calm, text stays text, the keyboard reaches it."""

import pytest

from tests.browser.conftest import Visit, expect
from tests.interfaces.dashboard.world import TOKEN, World
from tradefleet.domain.bot import Bot
from tradefleet.domain.order import Side
from tradefleet.domain.strategy import Headline
from tradefleet.ports.notices import Activity

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/bots",
    "/bots/new",
    "/bot/1",
    "/bot/1#trades",
    "/bot/1#orders",
    "/bot/1#log",
    "/bot/1#settings",
    "/backtest",
    "/optimise",
    "/strategies",
    "/news",
    "/activity",
    "/settings",
    "/api/docs",
)


@pytest.fixture
def busy(world: World, hostile: list[Bot]) -> World:
    """A fleet with a past: trades, an open position, a log, headlines, activity."""
    lease = world.run(hostile[0], waiting_for="waiting for <b>RSI</b> below 30", protection="bot")
    world.trade(lease, Side.BUY, "0.001", "50000", 1)
    world.trade(lease, Side.SELL, "0.000999", "51000", 2)
    world.trade(lease, Side.BUY, "0.001", "50000", 3)
    log = "2026-01-01 00:00:00,000 - WARNING - <script>document.title=1</script> " + "long" * 99
    (world.folder / f"bot_{hostile[0].id}.log").write_text(f"{log}\n" * 50)
    now = world.clock.at
    title = "A headline <img src=x onerror=alert(1)> " + "without-a-break" * 20
    world.news.add([Headline(now, title, "Wire", ("BTC",), 0.4)])
    world.activities.record(Activity(now, "owner", "update", "stop_loss <i>2</i>", hostile[0].id))
    return world


@pytest.mark.parametrize("visit", [375], indirect=True, ids=["phone"])
def test_no_page_scrolls_sideways_or_complains(visit: Visit, busy: World):
    too_wide = {}
    for path in PAGES:
        page = visit.open(path)
        page.wait_for_load_state("load")
        expect(page.locator(".skeleton:visible")).to_have_count(0)
        page.wait_for_timeout(150)
        width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if width > 0:
            too_wide[path] = width

    assert not too_wide


def test_L6_hostile_names_are_shown_as_text(visit: Visit, hostile: list[Bot]):
    page = visit.open("/")

    for bot in hostile:
        expect(page.get_by_role("link", name=bot.settings.name, exact=True)).to_be_visible()
    assert page.locator('img, [onerror], [src="x"]').count() == 0
    page = visit.open(f"/bot/{hostile[0].id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(hostile[0].settings.name)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(visit: Visit, busy: World, scheme: str):
    """Contrast AA of the texts on the overview."""
    visit.page.emulate_media(color_scheme=scheme)
    page = visit.open("/")
    expect(page.locator(".bot-card").first).to_be_visible()

    assert page.evaluate(CONTRAST) == []


CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll("main *, header *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.nodeValue.trim());
    if (!own || !element.checkVisibility()) continue;
    if (element.closest(":disabled, .visually-hidden")) continue;
    const [a, b] = [parse(getComputedStyle(element).color), ground(element)].map(light);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(`${element.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""


def test_the_keyboard_goes_everywhere(visit: Visit, world: World):
    world.bot()
    page = visit.open("/")
    expect(page.locator(".bot-card")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page).to_have_url(f"{visit.address}/bots")
    expect(page.get_by_role("checkbox", name="Choose BTC Bot")).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_label("Filter by name")).to_be_focused()
    page.keyboard.type("nothing like it")
    expect(page.get_by_text("No bot matches.")).to_be_visible()
    page.locator("h1").click()
    page.keyboard.press("n")
    expect(page).to_have_url(f"{visit.address}/bots/new")


def test_the_theme_is_chosen_and_remembered(visit: Visit):
    page = visit.open("/settings")
    page.get_by_role("button", name="Dark", exact=True).click()
    page.get_by_role("button", name="Blue and orange").click()
    root = visit.open("/").locator("html")

    expect(root).to_have_attribute("data-theme", "dark")
    expect(root).to_have_attribute("data-palette", "colour-blind")


def test_a_wrong_password_is_answered_in_words_and_the_token_opens(visit: Visit):
    visit.page.context.clear_cookies()
    page = visit.open("/bots")
    page.get_by_label("Password or token").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("neither the password nor the token")
    page.get_by_label("Password or token").fill(TOKEN)
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("heading", level=1, name="Bots")).to_be_visible()
    visit.forgive("401")


def test_a_page_that_is_not_there_says_so(visit: Visit):
    page = visit.open("/bot/99")

    expect(page.get_by_role("link", name="To the overview")).to_be_visible()
    visit.forgive("404")


def test_other_browsers_are_listed_and_logged_out(visit: Visit, world: World):
    world.sessions.begin("ab" * 32, world.clock.at, 8 * 3_600_000)
    page = visit.open("/settings")

    page.get_by_text("this browser", exact=True).wait_for()
    page.get_by_role("button", name="Log out", exact=True).first.click()

    page.get_by_text("abababababababab").wait_for(state="detached")
    assert len(world.sessions.living(world.clock.at)) == 1
