"""The API keeps what its own description promises, whatever is sent."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.interfaces.dashboard.world import TOKEN, Browser, World, new_store

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The API over a world with one bot; only streams, which never end, are left out."""
    folder: Path = tmp_path_factory.mktemp("api")
    store = new_store(folder, tmp_path_factory.mktemp("schema"))
    world = World(folder, store, providers=("sms",))
    world.open()
    world.bot()
    api = schemathesis.openapi.from_wsgi("/api/openapi.json", world.app(), headers=BEARER)
    return api.exclude(path="/api/events")


OPERATIONS = 53


@pytest.mark.parametrize("number", range(OPERATIONS))
def test_every_answer_is_described(schema: Any, number: int):
    operation = list(schema.get_all_operations())[number].ok()

    @given(case=operation.as_strategy())
    @settings(
        max_examples=10,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def holds(case: Any) -> None:
        case.call_and_validate(headers=BEARER, checks=CHECKS)

    holds()


def test_no_operation_is_left_out(schema: Any):
    assert len(list(schema.get_all_operations())) == OPERATIONS


def test_the_description_names_every_route(browser: Browser):
    document = browser.get("/api/openapi.json").json
    described = {
        (path.replace("{", "<").replace("}", ">"), method.upper())
        for path, methods in document["paths"].items()
        for method in methods
    }
    app = browser.client.application
    routes = {
        (rule.rule.replace("<int:", "<"), method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and not rule.endpoint.startswith("docs.")
    }

    assert routes <= described


def test_the_readable_page_shows_every_path(browser: Browser):
    page = browser.get("/api/docs").get_data(as_text=True)

    for path in browser.get("/api/openapi.json").json["paths"]:
        assert path in page
