"""The pure parts: documents, events of a stream, what agrees with what."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.cli import documents
from shared.cli.agreement import compare, miscounted, overtaken
from shared.cli.sse import Event, Parser

STREAM = (
    b': hello\n\nid: 7\n\nevent: row\r\nid: 8\r\ndata: {"a":\r\ndata: 1}\r\n\r\nretry: 2500\ndata:x\xe2\x80\xa8y\n'
    b"nonsense\ndata\n\nid: 9\rdata: last\r\rdata: cut off"
)
EVENTS = [Event("row", '{"a":\n1}', "8"), Event("message", "x\u2028y\n", "8"), Event("message", "last", "9")]


@given(st.lists(st.integers(0, len(STREAM)), max_size=30))
def test_a_stream_is_read_the_same_wherever_it_is_cut(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    parser = Parser()
    assert list(parser.events(STREAM[a:b] for a, b in pairwise(places))) == EVENTS
    assert (parser.last_id, parser.retry) == ("9", 2.5)


def test_an_id_without_an_event_is_where_to_resume() -> None:
    parser = Parser()
    assert list(parser.events([b"id: intake-0:4\n\n"])) == []
    assert parser.last_id == "intake-0:4"


def test_yaml_means_what_json_means(tmp_path: Path) -> None:
    """A country is no false, a date no object, a number with a leading zero a text."""
    file = tmp_path / "proposal.yaml"
    file.write_text(
        "country: NO\non: 2026-01-31\ncode: 0123\nn: -12\nx: 1.5\nt: true\ny: yes\nnone: ~\nl: [a, {b: c}]\n"
    )
    assert json.loads(documents.read(file)) == {
        "country": "NO", "on": "2026-01-31", "code": "0123", "n": -12, "x": 1.5, "t": True, "y": "yes", "none": None,
        "l": ["a", {"b": "c"}],
    }  # fmt: skip


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(value=json_values)
def test_json_written_as_yaml_stays_the_same(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    file = tmp_path_factory.mktemp("yaml") / "x.yaml"
    file.write_text(json.dumps(value))
    assert json.loads(documents.read(file)) == value


def test_the_same_document_has_the_same_key_and_another_one_another() -> None:
    one = documents.key_of(b'{"a": 1}')
    assert one == documents.key_of(b'{"a": 1}') != documents.key_of(b'{"a": 2}')
    assert 8 <= len(one) <= 200


@pytest.mark.parametrize(("text", "country"), [(b'{"country": "CO"}', "CO"), (b"[1]", None), (b"{", None)])
def test_a_documents_country_chooses_the_office(text: bytes, country: str | None) -> None:
    assert documents.country_of(text) == country


def log(n: int = 3, hash: str = "c", **more: Any) -> dict[str, Any]:
    tail = {"n": n, "index": 0, "count": 1, "hash": hash, "records": n}
    return {"log": "a-0", "n": n, "hash": hash, "events": n, "topic": "a.things", "tail": tail} | more


def at(n: int = 3, hash: str = "c", **more: Any) -> dict[str, Any]:
    counts = {"parked": 0, "waiting": 0, "skipped": 0, "malformed": 0, "malformed_skipped": 0, "alarm": None}
    return {"subscription": "s", "log": "a-0", "n": n, "index": 0, "count": 1, "hash": hash} | counts | more


@pytest.mark.parametrize(
    ("of", "position", "state"),
    [
        (log(), at(), "equal"),
        (log(), at(skipped=2), "equal"),
        (log(), at(n=2, hash="b"), "behind"),
        (log(), at(n=4, hash="d"), "behind"),
        (log(), at(index=0, count=2), "behind"),
        (log(), at(hash="x"), "unequal"),
        (log(), at(parked=1), "unequal"),
        (log(), at(waiting=1), "unequal"),
        (log(), at(n=2, hash="b", alarm="a hash"), "unequal"),
        (log(tail=None), at(), "behind"),
        (log(), at(malformed=1), "unequal"),
        (log(), at(malformed_skipped=1), "equal"),
        (log(tail={"n": 2, "index": 0, "count": 1, "hash": "b", "records": 2}), at(), "behind"),
        (log(tail={"n": 3, "index": 0, "count": 1, "hash": "x", "records": 3}), at(), "unequal"),
        (log(tail={"n": 3, "index": 0, "count": 1, "hash": "c", "records": 4}), at(), "equal"),
        (log(tail={"n": 3, "index": 0, "count": 1, "hash": "c", "records": 1}), at(), "unequal"),
        (log(0, "0", tail=None), at(0, "0"), "equal"),
    ],
)
def test_a_log_is_as_good_as_the_worst_of_its_copies(of: dict[str, Any], position: dict[str, Any], state: str) -> None:
    [found] = compare([of], {"reporting": [position, at() if of["n"] else at(0, "0")]})
    assert found.state == state
    assert [place.name for place in found.places] == ["a.things", "reporting/s", "reporting/s"]


def test_a_log_without_a_topic_is_not_compared() -> None:
    assert compare([log(topic=None, tail=None)], {"x": [at()]}) == []


def test_what_stays_ahead_of_the_store_is_unequal_and_what_moves_is_not() -> None:
    """A store that lost its end is behind its followers for ever; one that moves has caught up at the second look."""
    first = compare([log()], {"reporting": [at(n=5, hash="e")]})
    [moved] = overtaken(first, compare([log(5, "e")], {"reporting": [at(n=6, hash="f")]}))
    assert moved.state == "behind"
    [lost] = overtaken(first, compare([log()], {"reporting": [at(n=5, hash="e")]}))
    assert lost.state == "unequal"
    assert "commit 5" in lost.places[1].says


@pytest.mark.parametrize(
    ("left_out", "counted", "wrong"),
    [
        ({}, 3, False), ({}, 2, True), ({}, 4, True), ({"skipped": 1}, 2, False), ({"skipped": 1}, 3, True),
        ({"malformed_skipped": 1}, 3, False), ({"malformed_skipped": 1}, 2, True), ({"malformed": 1}, 2, True),
    ],
)  # fmt: skip
def test_a_read_model_is_made_from_all_events_but_the_skipped(
    left_out: dict[str, Any], counted: int, wrong: bool
) -> None:
    """Messages that are no events, and what others skipped, make no difference."""
    own, others = at(subscription="figures-things", **left_out), at(subscription="t", skipped=5)
    logs = compare([log()], {"reporting": [own, others], "intake": [at(skipped=5)]})
    assert bool(list(miscounted("reporting/figures", {"a-0": counted, "b-0": 9}, logs))) == wrong
