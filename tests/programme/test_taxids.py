"""Tax ids are replaced by references, each with the pointer of its field; nothing else is touched."""

from __future__ import annotations

from shared.programme.proposal import Proposal
from shared.programme.taxids import replace_tax_ids
from tests.programme.building import build

SECOND = {"groups": ["2 micro", "1 micro"]}


def with_ids(**ids: dict[str, str]) -> Proposal:
    """A network whose agency and firms have tax ids and references: `agency`, `g0f1` (group 0, firm 1)."""
    document = build("simple network", SECOND).model_dump(mode="json")
    document["executing_agency"]["tax_id"] = None
    for where, fields in ids.items():
        holder = document["executing_agency"]
        if where != "agency":
            holder = document["beneficiaries"]["groups"][int(where[1])]["firms"][int(where[3])]
        holder.update(fields)
    return Proposal.model_validate(document, strict=False)


def test_every_tax_id_is_asked_for_by_its_pointer_and_leaves_the_proposal() -> None:
    asked: list[tuple[str, str]] = []

    def refer(pointer: str, tax_id: str) -> str:
        asked.append((pointer, tax_id))
        return f"ref-{len(asked)}"

    given = with_ids(agency={"tax_id": "900-1"}, g0f1={"tax_id": "900-2"}, g1f0={"tax_id": "900-3"})
    replaced = replace_tax_ids(given, refer)
    assert asked == [
        ("/executing_agency/tax_id", "900-1"),
        ("/beneficiaries/groups/0/firms/1/tax_id", "900-2"),
        ("/beneficiaries/groups/1/firms/0/tax_id", "900-3"),
    ]
    assert "900-" not in replaced.model_dump_json()
    assert replaced == with_ids(agency={"tax_ref": "ref-1"}, g0f1={"tax_ref": "ref-2"}, g1f0={"tax_ref": "ref-3"})


def test_without_tax_ids_nothing_is_asked_and_nothing_changes() -> None:
    """A reference that is there already, from a revision, stays."""
    given = with_ids(g0f0={"tax_ref": "old"})

    def refer(pointer: str, tax_id: str) -> str:
        raise AssertionError(pointer)

    assert replace_tax_ids(given, refer) == given


def test_a_tax_id_wins_over_a_reference_beside_it() -> None:
    given = with_ids(agency={"tax_id": "900-1", "tax_ref": "somebody-else"})
    assert replace_tax_ids(given, lambda pointer, tax_id: "new").executing_agency.tax_ref == "new"


def test_the_given_proposal_stays_as_it_was() -> None:
    given = with_ids(agency={"tax_id": "900-1"})
    replace_tax_ids(given, lambda pointer, tax_id: "new")
    assert given.executing_agency.tax_id == "900-1"
