"""The committed schemas: current, readable for ever, true of what is really written."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared import schemas
from shared.contracts import compatible, registry, reporting, schema
from shared.contracts.base import CloudEvent, Fact
from shared.contracts.intake import ProposalSubmitted
from shared.contracts.topics import contract_types
from shared.execute import text_of
from shared.programme.proposal import Proposal
from tests.contracts.instances import instances

EXAMPLES = sorted((Path(schemas.__file__).parent / "programme" / "examples").glob("[cn]*-*.json"))
TYPES = sorted(contract_types())
PUBLISHED = [
    (name, number) for name in schemas.published_types() for number in range(1, 1 + len(schemas.revisions(name)))
]


def event(fact: Fact) -> CloudEvent[Fact]:
    return CloudEvent[Fact](
        id="c-0", source="/intake", type=fact.type, subject="proposal-1", time=datetime(2026, 3, 2, 15, tzinfo=UTC),
        dataschema=f"/schemas/{fact.type}.json", sequence="0000000001", correlationid="r", actor="a", data=fact,
    )  # fmt: skip


def validate(text: str, name: str) -> None:
    found = schema.published(name)
    validator = jsonschema.Draft202012Validator(found, format_checker=jsonschema.FormatChecker())
    validator.check_schema(found)
    validator.validate(json.loads(text))


def test_the_committed_documents_are_current() -> None:
    """If not: `python -m shared.schemas`."""
    assert list(schemas.outdated(schemas.documents())) == []
    assert schemas.main(["--check"]) == 0


def test_nothing_published_is_forgotten() -> None:
    """Every event that was ever published can still be decoded, by itself or through an upcaster."""
    assert schemas.forgotten() == []
    assert set(TYPES) <= set(schemas.published_types())


@pytest.mark.parametrize("name", TYPES)
def test_all_earlier_events_can_be_read(name: str) -> None:
    """BACKWARD_TRANSITIVE: compared with every published schema, as it is published and as it is read."""
    assert schemas.refusals(name, schemas.revisions(name)) == []


@pytest.mark.parametrize("name", TYPES)
def test_what_is_written_can_be_read(name: str) -> None:
    assert compatible.faults(schema.published(name), schema.readable(name)) == []


@pytest.mark.parametrize("name", TYPES)
def test_a_schema_is_valid_and_always_the_same(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema.published(name))
    assert schema.text(schema.published(name)) == schema.text(schema.published(name))


@pytest.mark.parametrize(("name", "number"), PUBLISHED)
def test_what_fits_a_published_schema_is_decoded(name: str, number: int) -> None:
    """Any event that could have been written under it, whatever the models have become."""

    @given(instances(schemas.revisions(name)[number - 1]))
    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def decodes(instance: dict[str, object]) -> None:
        decoded = registry.decode(json.dumps(instance), name)
        assert decoded.type == registry.newest(name)

    decodes()


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_a_real_event_fits_its_schema(file: Path) -> None:
    proposal = Proposal.model_validate_json(file.read_bytes())
    fact = ProposalSubmitted(proposal_id="1", country=proposal.country, revision=1, reference="A-1", proposal=proposal)
    validate(text_of(event(fact)), fact.type)


def test_a_row_of_a_feed_fits_its_schema() -> None:
    figures = [
        reporting.Figure(name="projects", value=Decimal(2)),
        reporting.Figure(name="received", group="cash", currency="USD", value=Decimal("1234.50")),
    ]
    row = reporting.CountryReported(
        key="CO", country="CO", revision=3, figures=figures, positions={"monitoring-3": "17.0"}
    )
    validate(text_of(event(row)), row.type)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_what_is_decoded_is_written_in_its_schema(data: st.DataObject) -> None:
    """Decoded and written again, an event fits the schema that is published for it."""
    name = data.draw(st.sampled_from(TYPES))
    instance = data.draw(instances(schema.published(name)))
    validate(text_of(registry.decode(json.dumps(instance), name)), name)


class Before(Fact, type="test.changed.v1"):
    said: str


def publish(folder: Path, *numbers: int, said: dict[str, object]) -> None:
    """Published schemas of the event above in which `said` was something else."""
    for number in numbers:
        old = schema.published(Before.type)
        old["$defs"]["Before"]["properties"]["said"] = said
        file = folder / "schemas" / Before.type / f"{number}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(schema.text(old))


def test_an_incompatible_change_is_refused(tmp_path: Path) -> None:
    """Even if only the first of several published schemas does not fit, and the refusal says which and where."""
    publish(tmp_path, 1, said={"type": "integer"})
    publish(tmp_path, 2, said={"type": "string"})
    refused = schemas.refusals(Before.type, schemas.revisions(Before.type, tmp_path))
    assert refused == [
        f"test.changed.v1 against its schema 1, {view}: /data/said: type: was integer, now string"
        for view in ("as published", "as read")
    ]


def test_a_missing_number_is_refused(tmp_path: Path) -> None:
    publish(tmp_path, 1, 3, said={"type": "string"})
    with pytest.raises(schemas.Incompatible, match=r"a published schema is missing"):
        schemas.revisions(Before.type, tmp_path)


def test_other_words_are_no_new_version() -> None:
    """A description may change; a field named like one may not."""
    one = {"properties": {"title": {"type": "string", "title": "T"}}, "description": "a"}
    assert schema.same_meaning(one, {"properties": {"title": {"type": "string"}}, "description": "b"})
    assert not schema.same_meaning(one, {"properties": {}, "description": "a"})
