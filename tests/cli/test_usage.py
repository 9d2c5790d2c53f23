"""Without any service: help, languages, exit codes, and what is said when nothing can be reached."""

from __future__ import annotations

import asyncio
import io
import json
import os
import string
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from shared.cli import show, words
from shared.cli.command import Session, carry_out
from shared.cli.failure import Answered, Code
from shared.cli.main import app
from shared.roles import ACTIONS
from shared.version import VERSION
from tests.cli.running_cli import trama


def every_command(group: typer.Typer, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for found in group.registered_commands:
        yield (*before, str(found.name))
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from every_command(inner.typer_instance, (*before, str(inner.name)))


COMMANDS = sorted(every_command(app))


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner(env={"COLUMNS": "200", "LANG": "en_US.UTF-8"}).invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_all_commands_are_there() -> None:
    names = {" ".join(name) for name in COMMANDS}
    assert names >= {
        "up", "demo", "submit", "check", "watch", "report", "verify", "reconcile", "rebuild", "roles", "token",
        "doctor", "parked list", "parked show", "parked retry", "parked skip",
    }  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS, ids=" ".join)
def test_each_command_explains_itself_with_examples(name: tuple[str, ...]) -> None:
    code, out, _ = run(*name, "--help")
    assert code == 0
    assert "Examples:" in out
    assert f"trama {' '.join(name)}" in out
    for option in ("--json", "--data", "--lang", "--as", "--token", "--url"):
        assert option in out


def test_the_exit_codes_are_documented() -> None:
    code, out, _ = run("--help")
    assert code == 0
    for number in Code:
        assert f"{number.value} " in out.partition("Exit codes:")[2]


@pytest.mark.parametrize(
    ("status", "code"), [(400, 2), (404, 2), (422, 2), (401, 3), (403, 3), (500, 4), (503, 4), (409, 5)]
)
def test_a_refusal_has_the_exit_code_of_its_kind(status: int, code: int) -> None:
    assert Answered(status, {}).code == code


@pytest.mark.parametrize("arguments", [["nothing"], ["report"], ["report", "village"], ["watch", "birds"], ["--what"]])
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    assert run(*arguments)[0] == 2


@pytest.mark.parametrize("told", ["demo", "up"])
def test_what_tells_as_it_happens_gives_no_json(told: str, tmp_path: Path) -> None:
    code, out, err = run(told, "--json", "--data", str(tmp_path / "data"))
    assert (code, out) == (2, "")
    assert "no-json" in err
    assert not (tmp_path / "data").exists()


def test_a_policy_to_compare_with_needs_proposals() -> None:
    policy = "services/evaluation/policies/2000-01-01.default.yaml"
    code, _, err = run("policy", "backtest", policy, "--old", policy)
    assert code == 2
    assert "needs --proposals" in err


@pytest.mark.parametrize("columns", [40, 80])
def test_a_figure_is_never_cut_in_two(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.cli.show.WIDE", columns)
    printed = io.StringIO()
    monkeypatch.setattr("sys.stdout", printed)
    row = ["2002-06-26", "Desarrollo de distritos industriales", "an agency's long name", "2075000.00 USD", 12]
    show.table("AR", ["approved", "project", "agency", "fund", "events"], [row], right=(3, 4), whole=(0,))
    assert "2075000.00 USD" in printed.getvalue()
    assert "2002-06-26" in printed.getvalue()


INTERRUPTED = """
import sys

class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Impatient())
from shared.cli.__main__ import main
main()
"""


async def test_ctrl_c_while_the_program_still_loads_is_no_defect() -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", INTERRUPTED, stdout=PIPE, stderr=PIPE)
    assert await process.communicate() == (b"", b"")
    assert process.returncode == Code.INTERRUPTED


async def test_what_the_terminal_cannot_show_is_shown_as_well_as_it_can() -> None:
    document = "shared/programme/examples/network-coffee-co.json"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "shared.cli", "classify", document, "--lang", "es",
        stdout=PIPE, stderr=PIPE, env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert b"red sencilla" in out
    assert b"?" in out


def test_a_parked_event_is_named_with_its_service() -> None:
    code, _, err = run("parked", "show", "figures:intake-0:1:0")
    assert code == 2
    assert "reporting/figures" in err


def test_a_log_needs_its_service() -> None:
    code, _, err = run("verify", "--log", "intake-0")
    assert code == 2
    assert "trama verify SERVICE --log LOG" in err


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [(KeyboardInterrupt(), 130, ""), (typer.Abort(), 130, ""), (ZeroDivisionError("by 0"), 4, "TRAMA_DEBUG=1")],
)
def test_no_trace_reaches_the_user(
    error: BaseException, code: int, says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def work() -> None:
        raise error

    assert carry_out(Session(tmp_path, json=False, language="en"), work) == code
    told = capsys.readouterr().err
    assert says in told
    assert "Traceback" not in told


def test_the_table_of_roles_needs_no_service() -> None:
    code, out, _ = run("roles", "--json")
    assert code == 0
    assert [row["action"] for row in json.loads(out)] == list(ACTIONS)
    code, out, _ = run("roles", "--role", "operator")
    assert "parked.act" in out
    assert "proposal.submit" not in out


def test_shared_options_may_stand_before_the_command(tmp_path: Path) -> None:
    data = ["--data", str(tmp_path)]
    assert run("--json", "roles")[1] == run("roles", "--json")[1]
    assert "No se sabe" in run("--lang", "es", *data, "reconcile")[2]
    assert "Não se sabe" in run("--lang", "es", *data, "reconcile", "--lang", "pt")[2]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["reconcile"], "trama up"),
        (["report", "country"], "TRAMA_REPORTING_URL"),
        (["submit", "shared/programme/examples/network-coffee-co.json"], "TRAMA_INTAKE_URL"),
        (["watch", "countries"], "trama up"),
        (["verify", "--url", "http://127.0.0.1:1", "--token", "x"], "http://127.0.0.1:1/intake"),
        (["watch", "scoring", "--url", "http://127.0.0.1:1", "--token", "x"], "trama doctor"),
    ],
)
async def test_what_cannot_be_reached_is_4_and_says_what_to_do(arguments: list[str], says: str, tmp_path: Path) -> None:
    ran = await trama(*arguments, "--data", str(tmp_path))
    assert ran.code == 4
    assert says in ran.err
    assert ran.out == ""
    assert "Traceback" not in ran.err


async def test_it_runs_as_a_module_too() -> None:
    line = [sys.executable, "-m", "shared.cli", "--version"]
    process = await asyncio.create_subprocess_exec(*line, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert (process.returncode, out.decode().strip()) == (0, VERSION)


async def test_errors_are_json_too_when_asked_for(tmp_path: Path) -> None:
    ran = await trama("reconcile", "--json", "--data", str(tmp_path))
    assert json.loads(ran.err)["exit"] == ran.code == 4


async def test_a_token_can_only_be_had_where_there_is_an_issuer(tmp_path: Path) -> None:
    ran = await trama("report", "country", "--data", str(tmp_path), TRAMA_REPORTING_URL="http://127.0.0.1:1")
    assert ran.code == 3
    assert "TRAMA_TOKEN" in ran.err


def test_an_address_that_is_none_is_bad_input(tmp_path: Path) -> None:
    code, _, err = run("report", "country", "--url", "reporting:8104", "--data", str(tmp_path))
    assert code == 2
    assert "http" in err


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("gone.json", None, "No such file"),
        ("twice.yaml", b"country: CO\ncountry: BR\n", "given twice"),
        ("open.yaml", b"a: [1, 2\n", "line 2"),
        ("alias.yaml", b"a: &x [1]\nb: *x\n", "references"),
        ("bytes.yaml", b"a: \xff\n", "bytes.yaml"),
        ("large.json", b" " * 1_000_001, "1000000 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(
    tmp_path: Path, name: str, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, _, err = run("submit", str(tmp_path / name), "--data", str(tmp_path))
    assert code == 2
    assert name in err
    assert says in err


def test_every_text_is_there_in_three_languages_with_the_same_values() -> None:
    for key, texts in words.texts().items():
        assert set(texts) == set(words.LANGUAGES), key
        names = {language: {n for _, n, _, _ in string.Formatter().parse(t) if n} for language, t in texts.items()}
        assert names["es"] == names["pt"] == names["en"], key


@pytest.mark.parametrize(
    ("option", "environment", "language"),
    [
        (None, {}, "en"),
        (None, {"LANG": "es_CO.UTF-8"}, "es"),
        (None, {"LANG": "es_CO.UTF-8", "LC_ALL": "pt_BR"}, "pt"),
        (None, {"LANG": "es_CO", "TRAMA_LANG": "pt"}, "pt"),
        ("es", {"LANG": "pt_BR", "TRAMA_LANG": "pt"}, "es"),
        (None, {"LANG": "de_DE"}, "en"),
        (None, {"LANG": "C.UTF-8"}, "en"),
    ],
)
def test_the_language_is_the_users(option: str | None, environment: dict[str, str], language: str) -> None:
    assert words.choose(option, environment) == language
