# ruff: noqa: E501 (a table of sentences reads by its lines)
"""What a person reads of each machine check: verdict, value, bound, origin, fields, sentence and warning, by table."""

from __future__ import annotations

import pytest

from shared.programme.policy import parse_policy
from shared.programme.screen import screen
from tests.programme.building import POLICY_TEXT, Change, approved_projects, build, default_policy

Row = tuple[str, Change, str, str, str | None, str | None, str, list[str], str, str | None]
# fmt: off
# example, change, check, verdict, value, bound, origin of the bound, fields, sentence, warning
TABLE: list[Row] = [
    ('simple network', {}, 'market_prospects', 'pass', None, None, 'deck', ['/results/0/indicators', '/results/1/indicators', '/results/2/indicators'], 'Each result has an indicator whose target improves on its baseline, and these effects on the firms are measured: costs; sales.', None),
    ('simple network', {'results': {'shared_advice': 'measures jobs', 'joint_purchasing': 'measures cost'}}, 'market_prospects', 'pass', None, None, 'deck', ['/results/0/indicators', '/results/1/indicators'], 'Each result has an indicator whose target improves on its baseline, and these effects on the firms are measured: costs.', None),
    ('simple network', {'results': {'shared_advice': 'measures jobs'}}, 'market_prospects', 'pass', None, None, 'deck', ['/results/0/indicators'], 'Each result has an indicator whose target improves on its baseline, and these effects on the firms are measured: jobs.', None),
    ('simple network', {'results': {'shared_advice': 'measured'}}, 'market_prospects', 'refer', None, None, 'deck', ['/results/0/indicators'], 'No indicator says which effect on the firms it measures (sales, costs, exports or jobs). A person reviews it.', None),
    ('simple network', {'results': {'shared_advice': 'no indicator', 'joint_purchasing': 'measures cost', 'joint_promotion': 'target at its baseline'}}, 'market_prospects', 'fail', None, None, 'deck', ['/results/0/indicators', '/results/2/indicators'], 'Some results have no indicator whose target improves on its baseline: Access to specialised advice by hiring experts for the group; Joint commercial promotion (catalogue, trade fairs).', None),
    ('simple network', {'results': {'joint_promotion': 'measured', 'joint_purchasing': 'measures cost'}}, 'market_prospects', 'refer', None, None, 'deck', ['/results/0/indicators', '/results/1/indicators'], 'The results promise effects on the firms that no indicator says it measures: sales. A person reviews it.', None),
    ('simple network', {}, 'firms_counterpart', 'pass', '70000.00', '0', 'deck', ['/counterpart'], 'The beneficiary firms contribute 70000.00 USD; they must contribute more than 0.', None),
    ('simple network', {'money': {'fund': '1000', 'agency in cash': '900'}}, 'firms_counterpart', 'fail', '0', '0', 'deck', ['/counterpart'], 'The beneficiary firms contribute nothing; they must cover a part of the costs.', None),
    ('simple network', {'money': {'fund': '701', 'firms in cash': '299'}}, 'counterpart_share', 'fail', '29.9', '30', 'fund_practice', ['/counterpart', '/budget/fund_amount'], 'The counterpart, 299 of 1000 USD, is 29.9 % of the total: below the minimum of 30 %.', None),
    ('simple network', {'money': {'fund': '851', 'firms in cash': '149'}}, 'counterpart_cash', 'fail', '14.9', '15', 'fund_practice', ['/counterpart', '/budget/fund_amount'], 'The counterpart in cash, 149 of 1000 USD, is 14.9 % of the total: below the minimum of 15 %.', None),
    ('simple network', {}, 'counterpart_share', 'pass', '40', '30', 'fund_practice', ['/counterpart', '/budget/fund_amount'], 'The counterpart, 120000.00 of 300000.00 USD, is 40 % of the total; the minimum is 30 %.', None),
    ('simple network', {}, 'counterpart_cash', 'pass', '20', '15', 'fund_practice', ['/counterpart', '/budget/fund_amount'], 'The counterpart in cash, 60000.00 of 300000.00 USD, is 20 % of the total; the minimum is 15 %.', None),
    ('cluster', {}, 'critical_mass_firms', 'pass', '310', '30', 'literature', ['/beneficiaries/firms'], 'The sector has 310 firms in the locality; 30 are enough.', None),
    ('cluster', {'sector firms': '29'}, 'critical_mass_firms', 'refer', '29', '30', 'literature', ['/beneficiaries/firms'], 'The sector has 29 firms in the locality: at least 10, and fewer than the 30 that are enough. A person decides.', None),
    ('cluster', {'sector firms': '1'}, 'critical_mass_firms', 'fail', '1', '30', 'literature', ['/beneficiaries/firms'], 'The sector has 1 firm in the locality: fewer than 10, the least for a person to decide; 30 are enough.', None),
    ('cluster', {'quotient counts': '300 of 1000 here, 250 of 1000 in the region'}, 'location_quotient', 'refer', '1.2', '1.25', 'literature', ['/beneficiaries/specialisation'], 'The location quotient is 1.2: at least 1.00, and less than 1.25, which is enough. A person decides.', None),
    ('cluster', {'quotient counts': '100 of 1000 here, 300 of 1000 in the region'}, 'location_quotient', 'fail', '0.3333', '1.25', 'literature', ['/beneficiaries/specialisation'], 'The location quotient is 0.3333, below 1.00: the sector is not concentrated in the locality. 1.25 is enough.', None),
    ('cluster', {'places': {'Ubá': '4099'}}, 'location_quotient', 'pass', '35.1023', '1.25', 'literature', ['/beneficiaries/specialisation', '/places/0/population'], 'The location quotient is 35.1023; 1.25 is enough. It measures relative concentration: it does not say how many firms there are, nor whether they cooperate.', 'The locality has 4099 inhabitants, fewer than 4100: the quotient is unstable, a few firms change it.'),
    ('simple network', {}, 'experience', 'pass', '2', '1', 'deck', ['/executing_agency/sme_projects', '/executing_agency/network_projects'], 'The agency has executed 2 projects with small firms (with business networks: 1); the minimum is 1.', None),
    ('simple network', {'small-firm projects': '0', 'network projects': '0'}, 'experience', 'fail', '0', '1', 'deck', ['/executing_agency/sme_projects', '/executing_agency/network_projects'], 'The agency has executed 0 projects with small firms: below the minimum of 1.', None),
    ('simple network', {'local entities': '2'}, 'leadership', 'pass', '2 + 1', '1 + 1', 'deck', ['/entities'], 'Committed entities: 2 local and 1 national; the minimum is 1 and 1.', None),
    ('simple network', {'national entities': '0'}, 'leadership', 'fail', '1 + 0', '1 + 1', 'deck', ['/entities'], 'Committed entities: 1 local and 0 national; below the minimum of 1 and 1.', None),
    ('simple network', {}, 'promoter', 'pass', 'promotion_agency', 'promotion_agency', 'deck', ['/promoter/kind'], 'The promoting entity (promotion agency for small firms) is the one expected of the typology “simple network”.', None),
    ('simple network', {'promoter': 'lead_firms'}, 'promoter', 'refer', 'lead_firms', 'promotion_agency', 'deck', ['/promoter/kind'], 'The promoting entity (lead firm(s)) is not the one expected of the typology “simple network”, which is: promotion agency for small firms.', None),
    ('complex network', {}, 'firms', 'pass', '8, 8, 8', '5-10', 'deck', ['/beneficiaries/groups/0', '/beneficiaries/groups/1', '/beneficiaries/groups/2'], 'Firms per group: 8, 8, 8; in all, 24. The typology “complex network” asks for 5 to 10 firms per group.', None),
    ('complex network', {'groups': ['4', '11']}, 'firms', 'refer', '4, 11', '5-10', 'deck', ['/beneficiaries/groups/0', '/beneficiaries/groups/1'], 'Firms per group: 4, 11; in all, 15. That is not what the typology “complex network” asks for: 5 to 10 firms per group.', None),
    ('simple network', {'groups': ['9']}, 'firms', 'refer', '9', '10-20', 'deck', ['/beneficiaries/groups/0'], 'Firms per group: 9; in all, 9. That is not what the typology “simple network” asks for: 10 to 20 firms in all.', None),
    ('cluster', {}, 'firms', 'pass', None, None, 'deck', [], 'A cluster has no cap on firms.', None),
    ('simple network', {}, 'term', 'pass', '30', '24-36', 'deck', ['/term/months'], 'The project takes 30 months; the typology “simple network” asks for 24 to 36 months.', None),
    ('cluster', {'months': '35'}, 'term', 'refer', '35', '36-60', 'deck', ['/term/months'], 'The project takes 35 months, and the typology “cluster” asks for 36 to 60 months.', None),
    ('cluster', {}, 'territory', 'pass', '1', '1', 'deck', ['/places'], 'The project names 1 locality; a cluster needs at least 1.', None),
    ('cluster', {'places': 'none'}, 'territory', 'fail', '0', '1', 'deck', ['/places'], 'The project names 0 localities, and a cluster needs at least 1.', None),
    ('simple network', {}, 'territory', 'pass', None, None, 'deck', [], 'A network needs no locality.', None),
    ('simple network', {}, 'cost_items', 'pass', None, None, 'deck', ['/budget/lines'], 'All cost items are usual for the typology “simple network”.', None),
    ('simple network', {'cost items': {'common_services': '50', 'feasibility_studies': '50'}}, 'cost_items', 'refer', None, None, 'deck', ['/budget/lines/0', '/budget/lines/1', '/budget/lines/2', '/budget/lines/3'], 'Some cost items are unusual for the typology “simple network”: start-up of common services; feasibility studies of the collective projects.', None),
    ('simple network', {}, 'results', 'pass', None, None, 'deck', ['/results/0/code', '/results/1/code', '/results/2/code'], 'The typology “simple network” may expect all promised results.', None),
    ('simple network', {'further results': {'quality_standards': 'measured'}}, 'results', 'pass', None, None, 'deck', ['/results/3/code'], "No result is clearly outside the typology “simple network”; for some of them the deck can't be read.", "The deck can't be read for these results of the typology “simple network”, which does not count against the proposal: Production standards and quality control for an even and constant production."),
    ('simple network', {'further results': {'quality_standards': 'measured', 'credit_access': 'measured'}}, 'results', 'refer', None, None, 'deck', ['/results/4/code'], 'Some results are not expected of the typology “simple network”: Special credit conditions negotiated with banks.', "The deck can't be read for these results of the typology “simple network”, which does not count against the proposal: Production standards and quality control for an even and constant production."),
]
# fmt: on


@pytest.mark.parametrize(
    ("base", "change", "code", "verdict", "value", "bound", "origin", "facts", "says", "warns"), TABLE
)
def test_a_check_says(
    base: str,
    change: Change,
    code: str,
    verdict: str,
    value: str | None,
    bound: str | None,
    origin: str,
    facts: list[str],
    says: str,
    warns: str | None,
) -> None:
    source = build(base, change)
    [found] = [c for c in screen(source, default_policy(), source.declared_typology).checks if c.code == code]
    assert (found.verdict, found.value, found.bound, found.origin) == (verdict, value, bound, origin)
    assert found.facts == facts
    assert found.explanation["en"] == says
    assert (found.warning or {}).get("en") == warns
    assert (found.fix is None) == (verdict == "pass")
    for language in ("es", "pt"):
        assert found.explanation[language] != says
        assert "{" not in found.explanation[language]


def test_a_policy_may_ask_the_firms_for_more_than_nothing() -> None:
    """The coffee network's firms bring 70,000."""
    for above, verdict in ((69_999, "pass"), (70_000, "fail")):
        policy = parse_policy(POLICY_TEXT.replace("firms_above: 0", f"firms_above: {above}"))
        [found] = [
            c for c in screen(build("simple network"), policy, "simple_network").checks if c.code == "firms_counterpart"
        ]
        assert (found.verdict, found.bound) == (verdict, str(above))
        assert (
            found.explanation["en"]
            == f"The beneficiary firms contribute 70000.00 USD; they must contribute more than {above}."
        )


def test_a_promoter_may_be_one_of_several() -> None:
    text = POLICY_TEXT.replace("simple_network: [promotion_agency]", "simple_network: [promotion_agency, lead_firms]")
    source = build("simple network", {"promoter": "other"})
    [found] = [c for c in screen(source, parse_policy(text), "simple_network").checks if c.code == "promoter"]
    assert (found.verdict, found.bound) == ("refer", "promotion_agency, lead_firms")
    assert found.explanation["en"].endswith("which is: promotion agency for small firms; lead firm(s).")
    silent = approved_projects()[0]
    [unknown] = [c for c in screen(silent, parse_policy(text), "simple_network").checks if c.code == "promoter"]
    assert (unknown.verdict, unknown.bound) == ("unknown", "promotion_agency, lead_firms")


def test_an_unusual_item_says_its_own_origin() -> None:
    """The deck does not name training: a policy that finds it unusual answers for that itself."""
    text = POLICY_TEXT.replace(
        "training: {usual: [simple_network, complex_network, cluster], origin: default}",
        "training: {usual: [cluster], origin: default}",
    )
    [found] = [
        c
        for c in screen(build("simple network"), parse_policy(text), "simple_network").checks
        if c.code == "cost_items"
    ]
    assert (found.verdict, found.origin) == ("refer", "default")
    assert found.explanation["es"].endswith("«red sencilla»: capacitación.")
