"""`trama classify` and `trama policy`: without a service, in three languages, exit code 2 for bad input."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from shared.cli.main import app

ROOT = Path(__file__).parents[2]
DEFAULT = ROOT / "services/evaluation/policies/2000-01-01.default.yaml"
EXAMPLES = ROOT / "shared/programme/examples"
NETWORK = EXAMPLES / "network-coffee-co.json"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def draft(folder: Path, old: str = "minimum_share: 30", new: str = "minimum_share: 45") -> Path:
    text = DEFAULT.read_text("utf-8")
    assert old in text
    file = folder / "draft.yaml"
    file.write_text(text.replace(old, new), "utf-8")
    return file


@pytest.mark.parametrize(
    ("language", "says"), [("es", "red sencilla"), ("pt", "rede simples"), ("en", "simple network")]
)
@pytest.mark.parametrize("example", ["network-coffee-co", "network-produce-jm", "cluster-furniture-br"])
def test_a_proposal_is_explained_in_100_columns(example: str, language: str, says: str) -> None:
    done = run("classify", EXAMPLES / f"{example}.json", "--policy", DEFAULT, "--lang", language)
    assert done.exit_code == 0, done.output
    assert says in done.output
    assert "2000-01-01.default" in done.output
    assert max(len(line) for line in done.output.splitlines()) <= 100


def test_a_classification_for_programs_has_policy_points_and_checks() -> None:
    found = json.loads(run("classify", NETWORK, "--policy", DEFAULT, "--json").output)
    assert found["classification"]["typology"] == "simple_network"
    assert len(found["classification"]["rows"]) == 7
    assert found["screening"]["verdict"] == "pass"
    assert len(found["policy"]["hash"]) == 64


def test_without_a_policy_the_one_in_force_is_used() -> None:
    assert json.loads(run("classify", NETWORK, "--json").output)["policy"]["version"] == "2000-01-01.default"


def test_an_approved_project_is_explained_too(tmp_path: Path) -> None:
    project = json.loads((EXAMPLES / "approved-projects.json").read_bytes())["projects"][0]
    file = tmp_path / "grape.json"
    file.write_text(json.dumps(project), "utf-8")
    found = json.loads(run("classify", file, "--json").output)
    assert found["classification"]["typology"] is None
    assert {check["verdict"] for check in found["screening"]["checks"]} == {"unknown"}


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"{", "no JSON"), (b"{}", "/country"), (b"[]", "/"), (b'{"approved_on": 1}', "/country"), (b"\xff", "no JSON")],
)
def test_what_is_no_proposal_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(content)
    done = run("classify", file)
    assert done.exit_code == 2
    assert says in done.output


def test_a_policy_is_checked(tmp_path: Path) -> None:
    assert run("policy", "check", DEFAULT).exit_code == 0
    assert json.loads(run("policy", "check", DEFAULT, "--json").output)["valid"] is True
    wrong = draft(tmp_path, new="minimum_share: 145")
    done = run("policy", "check", wrong, "--lang", "es")
    assert done.exit_code == 2
    assert "counterpart.minimum_share" in done.output
    assert "el máximo permitido es 100" in done.output
    [problem] = json.loads(run("policy", "check", wrong, "--json").output)["problems"]
    assert (problem["field"], problem["line"] > 1) == ("counterpart.minimum_share", True)


@pytest.mark.parametrize("command", [("policy", "check"), ("policy", "diff", DEFAULT), ("policy", "backtest")])
def test_a_file_that_is_not_there_is_named(command: tuple[object, ...], tmp_path: Path) -> None:
    done = run(*command, tmp_path / "none.yaml")
    assert done.exit_code == 2
    assert "none.yaml" in done.output


def test_a_wrong_policy_is_refused_by_every_command(tmp_path: Path) -> None:
    wrong = draft(tmp_path, new="minimum_share: lots")
    for arguments in (
        ("policy", "diff", DEFAULT, wrong),
        ("policy", "backtest", wrong, "--proposals", EXAMPLES),
        ("policy", "backtest", DEFAULT, "--proposals", EXAMPLES, "--old", wrong),
        ("classify", NETWORK, "--policy", wrong),
    ):
        done = run(*arguments)
        assert done.exit_code == 2, arguments
        assert "counterpart.minimum_share" in done.output


def test_a_difference_is_said_in_words(tmp_path: Path) -> None:
    done = run("policy", "diff", DEFAULT, draft(tmp_path), "--lang", "pt")
    assert done.exit_code == 1
    assert "- contrapartida › parte mínima (%): era 30, passa a 45." in done.output
    assert run("policy", "diff", DEFAULT, DEFAULT).exit_code == 0


def test_a_backtest_of_a_folder_counts_the_flips(tmp_path: Path) -> None:
    arguments = ("policy", "backtest", draft(tmp_path), "--proposals", EXAMPLES)
    found = json.loads(run(*arguments, "--json").output)
    assert found["tried"] == 8  # three proposals and five approved projects
    assert found["rules"] == {"check:counterpart_share": 2, "check:counterpart_cash": 1}
    assert found["old"] == {"version": "2000-01-01.default", "hash": sha256(DEFAULT.read_bytes()).hexdigest()}
    assert found["policy"]["hash"] == sha256((tmp_path / "draft.yaml").read_bytes()).hexdigest()
    for language, says in (("es", "Contrapartida sobre el total"), ("pt", "Contrapartida sobre o total")):
        done = run(*arguments, "--lang", language)
        assert done.exit_code == 0
        assert says in done.output
        assert max(len(line) for line in done.output.splitlines()) <= 100


def test_a_backtest_reads_lines_with_and_without_ids(tmp_path: Path) -> None:
    proposal = json.loads(NETWORK.read_bytes())
    lines = tmp_path / "past.jsonl"
    lines.write_text(f"{json.dumps({'id': 'P-1', 'proposal': proposal})}\n\n{json.dumps(proposal)}\n", "utf-8")
    found = json.loads(run("policy", "backtest", draft(tmp_path), "--proposals", lines, "--json").output)
    assert (found["tried"], {flip["proposal_id"] for flip in found["flips"]}) == (2, {"P-1", "past:3"})


def test_many_flips_are_summed_up(tmp_path: Path) -> None:
    lines = tmp_path / "past.jsonl"
    lines.write_text(f"{json.dumps(json.loads(NETWORK.read_bytes()))}\n" * 30, "utf-8")
    done = run("policy", "backtest", draft(tmp_path), "--proposals", lines, "--lang", "en")
    assert "And 70 flips more" in done.output


@pytest.mark.parametrize("line", ["{", '{"declared_typology": "cluster"}', "[]", '{"id": 1, "proposal": {}}'])
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str) -> None:
    lines = tmp_path / "past.jsonl"
    lines.write_text(f"\n{line}\n", "utf-8")
    done = run("policy", "backtest", DEFAULT, "--proposals", lines)
    assert done.exit_code == 2
    assert "past.jsonl:2" in done.output


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    done = run("policy", "backtest", DEFAULT, "--proposals", tmp_path)
    assert (done.exit_code, ".jsonl" in done.output) == (2, True)


@pytest.mark.parametrize(("content", "says"), [(b"version: 1", "x.yaml:1: version"), (b"\xff", "UTF-8")])
def test_a_broken_folder_of_policies_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, says: str
) -> None:
    (tmp_path / "x.yaml").write_bytes(content)
    monkeypatch.setattr("shared.cli.rulebook.FOLDER", tmp_path)
    done = run("classify", NETWORK)
    assert (done.exit_code, says in done.output) == (2, True), done.output
