"""Tax ids never enter the record: intake replaces them by opaque references before the event is written."""

from __future__ import annotations

from collections.abc import Callable

from shared.programme.proposal import Agency, Firm, Proposal

Refer = Callable[[str, str], str]
"""From the JSON pointer of a tax id and the tax id to its opaque reference."""


def replace_tax_ids(proposal: Proposal, ref: Refer) -> Proposal:
    """The proposal without any tax id; where there was one, `tax_ref` holds what `ref` gave for it.

    A reference that came with the proposal stays only where there is no tax id beside it.
    """
    agency = _without(proposal.executing_agency, "/executing_agency/tax_id", ref)
    groups = [
        group.model_copy(
            update={
                "firms": [
                    _without(firm, f"/beneficiaries/groups/{g}/firms/{f}/tax_id", ref)
                    for f, firm in enumerate(group.firms)
                ]
            }
        )
        for g, group in enumerate(proposal.beneficiaries.groups)
    ]
    beneficiaries = proposal.beneficiaries.model_copy(update={"groups": groups})
    return proposal.model_copy(update={"executing_agency": agency, "beneficiaries": beneficiaries})


def _without(holder: Agency | Firm, pointer: str, ref: Refer) -> Agency | Firm:
    if holder.tax_id is None:
        return holder
    return holder.model_copy(update={"tax_id": None, "tax_ref": ref(pointer, holder.tax_id)})
