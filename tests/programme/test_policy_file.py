"""A policy file: what it says of the origin of each number, and how a wrong one is refused, with line and field."""

# ruff: noqa: E501 (a table of wrong files reads by its lines)
from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import pytest

from shared.programme.policy import Policy, PolicyError, Problem, in_force, load_policies, parse_policy

PATH = Path(__file__).parents[2] / "services/evaluation/policies/2000-01-01.default.yaml"
TEXT = PATH.read_text("utf-8")
POLICY = parse_policy(TEXT)


def problems_of(text: str) -> list[Problem]:
    with pytest.raises(PolicyError) as error:
        parse_policy(text)
    for problem in error.value.problems:
        assert set(problem.texts) == {"es", "pt", "en"}
        assert all(problem.texts.values())
    return error.value.problems


def line_of(part: str) -> int:
    return TEXT[: TEXT.index(part)].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("minimum_rows: 4", "minimum_row: 4", "classification.minimum_row", "not a field of a policy"),
        ("minimum_rows: 4", "minimum_rows: four", "classification.minimum_rows", "must be a whole number"),
        ("minimum_rows: 4", "minimum_rows: 8", "classification.minimum_rows", "the most allowed is 7"),
        ("minimum_confidence: 0.10", "minimum_confidence: lots", "classification.minimum_confidence", "such as 1.25"),
        ("minimum_confidence: 0.10", "minimum_confidence: NaN", "classification.minimum_confidence", "must be a"),
        ("minimum_confidence: 0.10", "minimum_confidence: 1.5", "classification.minimum_confidence", "most allowed is 1"),
        ("minimum_confidence: 0.10", "minimum_confidence: 0.1234567", "classification.minimum_confidence", "six dec"),
        (
            "points: {simple_network: 3, complex_network: 0, cluster: 0}",
            "points: {simple_network: -3, complex_network: 0, cluster: 0}",
            "classification.rows.promoter.answers.promotion_agency.points.simple_network",
            "the least allowed is 0",
        ),
        (
            "points: {simple_network: 3, complex_network: 0, cluster: 0}",
            "points: {simple_network: 3, complex_network: 0}",
            "classification.rows.promoter.answers.promotion_agency.points.cluster",
            "is missing",
        ),
        (
            "points: {simple_network: 3, complex_network: 0, cluster: 0}",
            "points: 3",
            "classification.rows.promoter.answers.promotion_agency.points",
            "must have fields",
        ),
        ("        promotion_agency:\n", "        agency:\n", "classification.rows.promoter.answers.agency", "not known"),
        ('"A promotora é uma {kind}', '"A promotora é uma {kin}', "classification.rows.promoter.answers.promotion_agency.text", "{kin}"),
        ('"A promotora é uma {kind}', '"A promotora é uma {kind', "classification.rows.promoter.answers.promotion_agency.text", "braces"),
        ('"A promotora é uma {kind}', '"A promotora é uma {kind!r}', "classification.rows.promoter.answers.promotion_agency.text", "braces"),
        ("trust: [confianza,", "trust: [lucrativ*, confianza,", "classification.axis_words.profitability.3", "one axis"),
        ("trust: [confianza,", 'trust: ["*", confianza,', "classification.axis_words.trust.0", "no word"),
        ("  cluster: {least: 36, most: 60}", "  cluster: {least: 61, most: 60}", "terms.cluster", "must not exceed"),
        ("per: group", "per: firm", "firms.complex_network.per", "project, group"),
        ("joint_purchasing: {simple_network: yes", "joint_purchasing: {simple_network: maybe", "results.rows.joint_purchasing.simple_network", "uncertain_yes"),
        ("    joint_purchasing:", "    purchasing:", "results.rows.purchasing", "joint_purchasing, joint"),
        ('"4.3", "4.4"]', '"4.3"]', "support_areas.codes", "lacks 4.4"),
        ('"4.3", "4.4"]', '"4.3", "4.4", "4.4"]', "support_areas.codes", "names 4.4 twice"),
        ("origin: literature, small", "origin: books, small", "location_quotient.origin", "deck, fund_practice"),
        ("    weight: 20\n", "    weight: 19.5\n", "criteria", "99.5: they must add up to 100"),
        ("    minimum_score: 3\n", "    minimum_score: 6\n", "criteria.market_prospects.minimum_score", "most allowed is 5"),
        ('      "5": {es: "Además, pedidos', '      "6": {es: "Además, pedidos', "criteria.market_prospects.scale.6", "1, 2"),
        ("refers: 1.00, passes: 1.25", "refers: 1.5, passes: 1.25", "location_quotient", "refers (1.5) must not exceed"),
        ("minimum_share: 30", "minimum_share: 101", "counterpart.minimum_share", "most allowed is 100"),
        ("    criterion: critical_mass\n", "    criterion: mass\n", "checks.critical_mass_firms.criterion", "allowed is: mark"),
        ("    otherwise: fail\n", "    otherwise: reject\n", "checks.market_prospects.otherwise", "refer, fail"),
        ("    otherwise: fail\n", "    otherwise: pass\n", "checks.market_prospects.otherwise", "refer, fail"),
        ("minimum_share: 30", "minimum_share: 3_0", "counterpart.minimum_share", "must be a decimal number"),
        ("minimum_share: 30", "minimum_share: 1e1", "counterpart.minimum_share", "must be a decimal number"),
        ("minimum_share: 30", "minimum_share: \u0663\u0660", "counterpart.minimum_share", "must be a decimal number"),
        ("cash_part_of_minimum: 50", "cash_part_of_minimum: 101", "counterpart.cash_part_of_minimum", "most allowed is 100"),
        ("minimum_rows: 4", "minimum_rows: 0_4", "classification.minimum_rows", "must be a whole number"),
        ("minimum_rows: 4", "minimum_rows: \u0664", "classification.minimum_rows", "must be a whole number"),
        ("effective: 2000-01-01", "effective: 946684800", "effective", "a date such as"),
        ("      maximum: 3\n", "      maximum: 1\n", "classification.rows.promoter.maximum", "the least allowed is 3"),
        ("      maximum: 3\n", "      maximum: 10\n", "classification.rows.promoter.maximum", "the most allowed is 3"),
        ("promoter: {usual: [simple_network]", "promoter: {usual: []", "cost_items.rows.promoter.usual", "at least 1"),
        ("localities:", "# \ud800\nlocalities:", "file", "U+D800, which is no character"),
        ("    otherwise: fail\n", "", "checks.market_prospects", "lacks otherwise"),
        ("    otherwise_origin: default\n", "", "checks.market_prospects", "lacks otherwise_origin"),
        ("  cost_items:\n    title", "  cost_items:\n    otherwise: fail\n    title", "checks.cost_items.otherwise", "no place"),
        ("effective: 2000-01-01", "effective: 2000-01-02", "version", "2000-01-02"),
        ("effective: 2000-01-01", "effective: soon", "effective", "a date such as"),
        ("version: 2000-01-01.default", "version: v1", "version", "2026-01-01.default"),
        ("  pt: Política de seleção padrão do programa\n", "", "title.pt", "is missing"),
        ("  pt: Política de seleção padrão do programa\n", '  pt: ""\n', "title.pt", "is empty"),
        ("localities: {cluster: 1, origin: deck}", "localities: {cluster: 1}", "localities.origin", "is missing"),
        ("localities: {cluster: 1, origin: deck}", "localities: {cluster: 1, cluster: 2, origin: deck}", "localities.cluster", "twice"),
        ("localities: {cluster: 1, origin: deck}", "localities: &a {cluster: 1, origin: deck}", "file", "anchor"),
        ("localities: {cluster: 1, origin: deck}", "localities: {cluster: !!int 1, origin: deck}", "file", "tag"),
        ("localities: {cluster: 1, origin: deck}", "localities: {cluster: 1, origin: deck", "file", "no YAML"),
        ("localities: {cluster: 1, origin: deck}", "localities: {? [a] : 1, origin: deck}", "localities", "write a word"),
    ],
)  # fmt: skip
def test_a_wrong_file_names_the_field_and_what_is_allowed(old: str, new: str, field: str, says: str) -> None:
    assert old in TEXT
    found = problems_of(TEXT.replace(old, new, 1))
    assert any(problem.field == field and says in problem.message for problem in found), found


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ("minimum_rows: 4", "minimum_rows: four", "minimum_rows: 4"),
        ("    weight: 20\n", "    weight: 19.5\n", "criteria:\n"),
        ("  cluster: {least: 36, most: 60}", "  cluster: {least: 61, most: 60}", "  cluster: {least: 36"),
        ("localities: {cluster: 1, origin: deck}", "localities: {cluster: 1}", "localities:"),
        ("national_entities: 1, origin: deck", "national_entities: 1, origin: x", "commitments:"),
    ],
)
def test_a_problem_names_the_line(old: str, new: str, at: str) -> None:
    [problem] = problems_of(TEXT.replace(old, new, 1))
    assert problem.line == line_of(at)
    assert str(problem).startswith(f"line {problem.line}, {problem.field}: ")


def test_a_wrong_shape_hides_no_unknown_origin() -> None:
    text = TEXT.replace("minimum_rows: 4", "minimum_rows: four").replace(
        "origin: literature, small", "origin: books, small"
    )
    fields = [problem.field for problem in problems_of(text)]
    assert fields == ["classification.minimum_rows", "location_quotient.origin"]


def test_a_maximum_may_be_what_several_answers_reach_together() -> None:
    row = TEXT.index("    cost_items:\n      label")
    changed = TEXT[:row] + TEXT[row:].replace("maximum: 3", "maximum: 2", 1)
    assert parse_policy(changed).classification.rows.cost_items.maximum == 2


def test_the_cash_asked_for_follows_the_minimum_of_the_whole() -> None:
    def cash(minimum: str) -> str:
        return str(
            parse_policy(TEXT.replace("minimum_share: 30", f"minimum_share: {minimum}")).counterpart.minimum_cash_share
        )

    assert [cash(minimum) for minimum in ("30", "45", "30.0", "100", "0")] == ["15", "22.5", "15", "50", "0"]


def test_all_problems_are_told_at_once() -> None:
    text = TEXT.replace("minimum_rows: 4", "minimum_rows: 9").replace("minimum_share: 30", "minimum_share: -1")
    assert [problem.field for problem in problems_of(text)] == [
        "classification.minimum_rows",
        "counterpart.minimum_share",
    ]


@pytest.mark.parametrize("text", ["", "[]", "a", "\x00", "a: [", "x" * 200_001])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    [problem] = problems_of(text)
    assert problem.field == "file"


def test_a_long_value_is_cut_in_the_message() -> None:
    [problem] = problems_of(TEXT.replace("minimum_rows: 4", f"minimum_rows: {'x' * 900}"))
    assert len(problem.message) < 300


def test_the_hash_is_that_of_the_exact_text() -> None:
    assert POLICY.hash == hashlib.sha256(PATH.read_bytes()).hexdigest()
    assert parse_policy(TEXT + "\n").hash != POLICY.hash


def test_every_number_of_the_default_policy_says_where_it_comes_from() -> None:
    """What the deck states is the deck's; bounds of practice name it; our own numbers are defaults, to be confirmed."""
    origins = {
        "firms": POLICY.firms.origin,
        "terms": POLICY.terms.origin,
        "matrix": POLICY.results.origin,
        "areas": POLICY.support_areas.origin,
        "quotient": POLICY.location_quotient.origin,
        "mass": POLICY.critical_mass.origin,
        "counterpart": POLICY.counterpart.origin,
        "confidence": POLICY.classification.origin,
        "points": {row.points_origin for _, row in POLICY.classification.rows},
        "rows": {row.origin for _, row in POLICY.classification.rows},
        "criteria": {criterion.origin for _, criterion in POLICY.criteria},
        "weights": {criterion.weight_origin for _, criterion in POLICY.criteria},
        "scores": {criterion.score_origin for _, criterion in POLICY.criteria},
        "otherwise": {rule.otherwise_origin for rule in POLICY.checks.values() if rule.otherwise},
        "verdicts": {POLICY.results.verdict_origin, POLICY.cost_items.verdict_origin},
    }
    assert origins == {
        "firms": "deck",
        "terms": "deck",
        "matrix": "deck",
        "areas": "deck",
        "quotient": "literature",
        "mass": "literature",
        "counterpart": "fund_practice",
        "confidence": "default",
        "points": {"default"},
        "rows": {"deck"},
        "criteria": {"deck"},
        "weights": {"default"},
        "scores": {"default"},
        "otherwise": {"default"},
        "verdicts": {"default"},
    }
    assert "to be confirmed" in POLICY.origins["default"].en


def test_the_default_policy_holds_the_programme_s_tables() -> None:
    """The deck's numbers, as its page gives them."""
    assert POLICY.firms.model_dump() == {
        "origin": "deck",
        "simple_network": {"least": 10, "most": 20, "per": "project"},
        "complex_network": {"least": 5, "most": 10, "per": "group"},
    }
    assert [(name, r.least, r.most) for name, r in POLICY.terms if name != "origin"] == [
        ("simple_network", 24, 36),
        ("complex_network", 24, 36),
        ("cluster", 36, 60),
    ]
    cells = {"yes": "x", "no": ".", "uncertain_yes": "?x", "uncertain_no": "?."}
    matrix = {
        code: " ".join(cells[cell] for cell in (rule.simple_network, rule.complex_network, rule.cluster))
        for code, rule in POLICY.results.rows.items()
    }
    assert matrix == {
        "joint_purchasing": "x x x",
        "joint_promotion": "x x x",
        "shared_advice": "x x x",
        "supplier_networks": ". x x",
        "quality_standards": "?. x x",
        "volume_markets": ". x x",
        "shared_equipment": "?. x ?x",
        "phase_specialisation": ". x x",
        "credit_access": ". x x",
        "common_services": ". . x",
        "territorial_image": ". . x",
        "institutional_coordination": ". . x",
    }


def named(version: str, effective: str) -> str:
    text = TEXT.replace("version: 2000-01-01.default", f"version: {version}")
    return text.replace("effective: 2000-01-01", f"effective: {effective}")


def folder(*versions: str) -> dict[str, str]:
    return {f"{version}.yaml": named(version, version[:10]) for version in versions}


def test_the_policies_of_a_folder_come_by_date_and_one_is_in_force() -> None:
    policies = load_policies(folder("2030-01-01.later", "2010-05-01.middle", "2000-01-01.default"))
    assert [policy.version for policy in policies] == ["2000-01-01.default", "2010-05-01.middle", "2030-01-01.later"]

    def applies(day: date) -> str:
        return in_force(policies, day).version

    assert applies(date(2010, 4, 30)) == "2000-01-01.default"
    assert applies(date(2010, 5, 1)) == "2010-05-01.middle"
    assert applies(date(2029, 12, 31)) == "2010-05-01.middle"
    assert applies(date(2031, 1, 1)) == "2030-01-01.later"
    with pytest.raises(LookupError, match="1999-12-31"):
        applies(date(1999, 12, 31))


def folder_problems(files: dict[str, str]) -> list[str]:
    with pytest.raises(PolicyError) as error:
        load_policies(files)
    return [str(problem) for problem in error.value.problems]


def test_two_policies_may_not_take_effect_on_the_same_day() -> None:
    [problem] = folder_problems(folder("2000-01-01.a", "2000-01-01.b"))
    assert problem.startswith(
        "2000-01-01.b.yaml, line 1, effective: 2000-01-01 is also the effective date of 2000-01-01.a"
    )


def test_a_version_is_given_once_and_names_its_file() -> None:
    problems = folder_problems(
        {"2000-01-01.a.yaml": named("2000-01-01.a", "2000-01-01"), "copy.yaml": named("2000-01-01.a", "2000-01-01")}
    )
    assert [problem.split(":")[0] for problem in problems] == ["copy.yaml, line 1, version"] * 2 + [
        "copy.yaml, line 1, effective"
    ]


def test_the_problems_of_all_files_are_told_at_once() -> None:
    files = {"a.yaml": "x: 1", "b.yaml": "["}
    files |= folder("2000-01-01.default")
    problems = folder_problems(files)
    assert any(problem.startswith("a.yaml, line 1, x: ") for problem in problems)
    assert any(problem.startswith("b.yaml, line ") for problem in problems)


def test_a_folder_without_a_policy_is_refused() -> None:
    assert folder_problems({}) == ["line 1, version: there is no policy: add at least one file."]


def test_a_policy_is_never_changed_in_place() -> None:
    with pytest.raises(ValueError, match="frozen"):
        POLICY.version = "2001-01-01.other"  # type: ignore[misc]
    assert isinstance(POLICY, Policy)


@pytest.mark.parametrize("text", ["- " * 90_000, "a: " + "[" * 5_000, "{a: " * 5_000, "? " * 90_000])
def test_deep_nesting_is_refused_before_it_can_harm(text: str) -> None:
    """The composer recurses in C: without a bound, a text within the size limit would kill the process."""
    [problem] = problems_of(text)
    assert "more than 50 levels" in problem.message
