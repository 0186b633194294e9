"""How a table of faults is read."""

import json

import pytest

from tests.exchange.desk import Desk
from tradefleet.domain.errors import InputError
from tradefleet.exchange.faults.kinds import KINDS
from tradefleet.exchange.faults.reading import load_faults, read_faults


def row(**values):
    return {"faults": [{"kind": "delay", "delay_ms": 1, **values}]}


@pytest.mark.parametrize(
    ("document", "expected", "was"),
    [
        ([], '{"seed": 1, "faults": [...]}', "[]"),
        ({"faults": {}}, '{"seed": 1, "faults": [...]}', "{'faults': {}}"),
        ({"faults": [], "seed": "x"}, "a whole number from 0 for seed", "'x'"),
        ({"faults": [], "seed": True}, "a whole number from 0 for seed", "True"),
        ({"faults": [], "colour": 1}, "only seed and faults", "['colour']"),
        ({"faults": [7]}, '{"kind": …} for faults[0]', "7"),
        ({"faults": [{"kind": ["delay"]}]}, "for faults[0].kind", "['delay']"),
        ({"faults": [{"kind": "earthquake"}]}, "a kind of delay, slow_answer", "'earthquake'"),
        (row(delay_ms="1"), "a whole number from 0 for faults[0].delay_ms", "'1'"),
        (row(delay_ms=-1), "a whole number from 0 for faults[0].delay_ms", "-1"),
        (row(delay_ms=10**13), "a whole number from 0 for faults[0].delay_ms", "1000"),
        (row(colour="red"), "the fields delay_ms, for_ms, kind, path", "'colour'"),
        (row(executed=True), "the fields delay_ms, for_ms, kind, path", "'executed'"),
        (row(probability=1.5), "a number from 0 to 1 for faults[0].probability", "1.5"),
        (row(probability=float("nan")), "a number from 0 to 1", "nan"),
        (row(times=True), "a whole number from 0 for faults[0].times", "True"),
        (row(path=7), "a text of at most 500 characters", "7"),
    ],
)
def test_what_is_wrong_is_named(document, expected, was):
    with pytest.raises(InputError) as caught:
        read_faults(document)

    assert expected in str(caught.value)
    assert f"was {was}" in str(caught.value)


def test_what_a_kind_needs_is_asked_for():
    with pytest.raises(InputError, match=r"expected delay_ms in faults\[0\]"):
        read_faults({"faults": [{"kind": "delay"}]})
    with pytest.raises(InputError, match=r"expected path or after in faults\[0\], was both"):
        read_faults({"faults": [{"kind": "stream_cut", "path": "a", "after": "b"}]})
    with pytest.raises(InputError, match="expected a message with the code -9"):
        read_faults({"faults": [{"kind": "error_before", "code": -9}]})


def test_a_wrong_table_leaves_the_old_one_in_force():
    desk = Desk()
    desk.bring({"kind": "delay", "delay_ms": 1})

    for body in (b"{", b'{"faults": [{"kind": "x"}]}', b"[" * 100_000):
        answer = desk.client.post("/sim/faults", content=body)
        assert (answer.status_code, answer.json()["code"]) == (400, -1130)

    [kept] = desk.client.get("/sim/faults").json()["faults"]
    assert kept == {"kind": "delay", "delay_ms": 1, "met": 0, "struck": 0}


def test_a_table_comes_from_a_file(tmp_path):
    file = tmp_path / "bad-day.json"
    file.write_text(json.dumps({"seed": 4, "faults": [{"kind": "dropped", "times": 2}]}))

    table = load_faults(file)

    assert table.seed == 4
    assert [fault["kind"] for fault in table.view()["faults"]] == ["dropped"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [(None, "cannot be read"), ("{", "is no JSON document"), ("[]", "expected {")],
)
def test_a_wrong_file_is_named(tmp_path, text, complaint):
    file = tmp_path / "bad-day.json"
    if text is not None:
        file.write_text(text)

    with pytest.raises(InputError, match=r"bad-day\.json") as caught:
        load_faults(file)

    assert complaint in str(caught.value)


def test_every_kind_says_what_it_does():
    assert all(kind.does and kind.name == name for name, kind in KINDS.items())
