"""The worked example of a page in docs/extending.md is served as it stands."""

import re
import sys
from types import ModuleType

import pytest
from jinja2 import ChoiceLoader, DictLoader

from tests.interfaces.dashboard.world import Browser, World
from tests.skips import ROOT

TEXT = (ROOT / "docs" / "extending.md").read_text()


def example(name: str) -> str:
    found = re.search(rf"<!-- example: {name} -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    assert found, f"docs/extending.md has no example {name}"
    return found[1]


@pytest.fixture
def browser(world: World, monkeypatch: pytest.MonkeyPatch) -> Browser:
    module = ModuleType("exits")
    monkeypatch.setitem(sys.modules, "exits", module)
    exec(compile(example("page"), "docs/extending.md", "exec"), vars(module))  # noqa: S102
    app = world.app()
    app.register_blueprint(module.PAGE)
    app.register_api(module.ROUTES)
    more = DictLoader({"exits.html": example("template")})
    app.jinja_env.loader = ChoiceLoader([more, app.jinja_env.loader])
    return Browser(app.test_client())


def test_the_new_page_asks_for_the_owner_by_itself(browser: Browser):
    assert browser.get("/exits").status_code == 302
    assert browser.get("/api/exits").status_code == 401


def test_the_owner_sees_the_page_and_its_figures(browser: Browser):
    browser.log_in()

    assert b"<h1>Exits</h1>" in browser.get("/exits").data
    assert browser.get("/api/exits").json == {"exits": {}}
