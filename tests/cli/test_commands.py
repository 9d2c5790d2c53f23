"""The command line against all services, each on real servers of this module's own."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import BaseModel

from shared.contracts.base import CloudEvent, Fact
from shared.contracts.monitoring import FigureCorrected
from shared.contracts.values import Money
from shared.decider import Command, Decider
from shared.execute import Context, execute
from shared.service import Service
from tests.cli.running_cli import Ran, trama
from tests.running import Programme, programme, until
from tests.servers import kafka_server

NETWORK = "shared/programme/examples/network-coffee-co.json"
DOCUMENT = Path(NETWORK).read_bytes()


@pytest.fixture(scope="module")
async def running(mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Programme]:
    """Services of this module's own: some tests break what others would rely on."""
    with kafka_server(tmp_path_factory.mktemp("cli-kafka")) as servers:
        async with programme(mongo_url, servers) as found:
            yield found


class Cli:
    """Runs commands against a programme as somebody of a role."""

    def __init__(self, running: Programme, data: Path) -> None:
        self.running, self.data = running, data

    def environment(self, role: str, *countries: str) -> dict[str, str]:
        urls = {f"TRAMA_{name.upper()}_URL": url for name, url in self.running.urls.items()}
        return urls | {"TRAMA_TOKEN": self.running.token(role, *countries), "TRAMA_DATA": str(self.data)}

    async def __call__(self, *arguments: str, role: str = "auditor", countries: tuple[str, ...] = ()) -> Ran:
        ran = await trama(*arguments, **self.environment(role, *countries))
        assert "Traceback" not in ran.err, ran.err
        return ran


@pytest.fixture
def cli(running: Programme, tmp_path: Path) -> Cli:
    return Cli(running, tmp_path)


async def submit(cli: Cli, *more: str, file: str = NETWORK) -> Ran:
    return await cli("submit", file, *more, role="country_office", countries=("CO",))


async def test_the_same_file_is_one_proposal_however_often_it_is_submitted(cli: Cli) -> None:
    first, again = await submit(cli, "--json"), await submit(cli, "--json")
    assert first.code == again.code == 0, first.err
    assert first.json["proposal_id"] == again.json["proposal_id"]
    assert (first.json["repeated"], again.json["repeated"]) == (False, True)
    said = await submit(cli, "--lang", "es")
    assert "no se duplicó nada" in said.out
    assert first.json["reference"] in said.out
    other = await submit(cli, "--json", "--key", uuid.uuid4().hex)
    assert other.json["proposal_id"] != first.json["proposal_id"]


async def test_a_withdrawn_proposal_is_not_said_to_be_submitted_again(cli: Cli) -> None:
    key = uuid.uuid4().hex
    first = (await submit(cli, "--json", "--key", key)).json
    office = {"Authorization": f"Bearer {cli.running.token('country_office', 'CO')}", "Idempotency-Key": key}
    path = f"/proposals/{first['proposal_id']}/withdrawal"
    async with httpx.AsyncClient(base_url=cli.running.urls["intake"]) as client:
        (await client.post(path, json={"reason": "Otro año"}, headers=office)).raise_for_status()
    ran = await submit(cli, "--key", key, "--lang", "es")
    assert ran.code == 5
    assert f"{first['reference']} (estado: retirada)" in ran.out
    assert "--key" in ran.out


async def test_a_check_keeps_nothing_and_explains_each_requirement(cli: Cli) -> None:
    async def checked() -> Ran | None:  # a policy must have arrived from evaluation
        ran = await cli("check", NETWORK, "--json", role="country_office", countries=("CO",))
        return ran if ran.json["findings"] else None

    done = await until(checked)
    assert done is not None
    assert done.code == 0
    ran = await cli("check", NETWORK, "--lang", "pt", role="country_office", countries=("CO",))
    assert "rede simples (declarada: rede simples)" in ran.out
    assert "cumpre" in ran.out


async def test_a_proposal_that_does_not_add_up_is_bad_input_with_each_place(cli: Cli, tmp_path: Path) -> None:
    document = json.loads(DOCUMENT)
    del document["office"]
    document["surprise"] = 1
    (tmp_path / "bad.json").write_text(json.dumps(document))
    ran = await submit(cli, file=str(tmp_path / "bad.json"))
    assert ran.code == 2
    assert "/office" in ran.err
    assert "/surprise" in ran.err
    assert ran.out == ""
    problem = json.loads((await submit(cli, "--json", file=str(tmp_path / "bad.json"))).err)
    assert {error["pointer"] for error in problem["errors"]} == {"/office", "/surprise"}


async def test_yaml_is_taken_as_json_is(cli: Cli, tmp_path: Path) -> None:
    document = json.loads(DOCUMENT)
    document["title"]["es"] = "Red en YAML"
    (tmp_path / "proposal.yaml").write_text(json.dumps(document, indent=1))
    ran = await submit(cli, "--json", file=str(tmp_path / "proposal.yaml"))
    assert ran.code == 0, ran.err


async def test_what_is_not_permitted_is_3_and_a_conflict_5(cli: Cli, tmp_path: Path) -> None:
    assert (await cli("submit", NETWORK, role="country_office", countries=("BR",))).code == 3
    assert (await cli("reconcile", role="country_office", countries=("CO",))).code == 3
    assert (await cli("rebuild", "reporting", "figures", role="auditor")).code == 3
    key = uuid.uuid4().hex
    assert (await submit(cli, "--key", key)).code == 0
    document = json.loads(DOCUMENT)
    document["title"]["es"] = "Otra"
    (tmp_path / "other.json").write_text(json.dumps(document))
    assert (await submit(cli, "--key", key, file=str(tmp_path / "other.json"))).code == 5


async def test_store_topics_and_read_models_are_proved_equal(cli: Cli) -> None:
    await submit(cli)
    ran = await cli("reconcile", "--wait", "90", "--json")
    assert ran.code == 0, ran.out
    assert ran.json["state"] == "equal"
    names = {place["name"] for log in ran.json["logs"] for place in log["places"]}
    assert {"intake.proposals", "evaluation.scoring", "monitoring.projects", "intake/proposals"} <= names
    assert any(name.startswith("reporting/") for name in names)
    assert sum(log["events"] for log in ran.json["logs"]) > 0
    said = await cli("reconcile", "--lang", "es")
    assert "registro = tópicos = modelos de lectura" in said.out


async def test_a_changed_commit_is_named_and_the_exit_code_is_1(cli: Cli) -> None:
    await submit(cli)
    assert (await cli("verify")).code == 0
    service: Service = cli.running.apps["intake"].state.service
    commits = service.database["commits"]
    commit = await commits.find_one({}, sort=[("n", 1)])
    assert commit is not None
    try:
        forged = [text.replace("Tolima", "Toluca") for text in commit["events"]]
        assert forged != commit["events"]
        await commits.update_one({"_id": commit["_id"]}, {"$set": {"events": forged}})
        ran = await cli("verify", "intake", "--json")
    finally:
        await commits.update_one({"_id": commit["_id"]}, {"$set": {"events": commit["events"]}})
    assert ran.code == 1
    [bad] = [found["bad"] for found in ran.json if found["bad"]]
    assert commit["_id"] in bad
    assert (await cli("verify", "intake")).code == 0


async def test_reports_tell_bounds_freshness_and_events(cli: Cli) -> None:
    proposal = (await submit(cli, "--json", "--key", uuid.uuid4().hex)).json
    assert (await cli("reconcile", "--wait", "90")).code == 0
    found = (await cli("report", "country", "CO", "--json")).json
    [figure] = [f for item in found["items"] for f in item["figures"] if f["name"] == "proposals_submitted"]
    assert set(proposal["events"]) <= set(figure["events"])
    said = await cli("report", "country", "CO", "--events", "--lang", "es")
    assert "propuestas presentadas" in said.out
    assert proposal["events"][0] in said.out
    assert "visto: " in said.out
    money = await cli("report", "country", "--lang", "es")
    assert "simple_network" not in money.out
    past = await cli("report", "country", "--as-of", "1999-12-31")
    assert "There are no figures." in past.out
    assert (await cli("report", "portfolio", "--as-of", "2003-12-31")).code == 0
    assert (await cli("report", "portfolio", "--as-of", "yesterday")).code == 2
    assert (await cli("report", "cluster", "no-such")).code == 2
    clusters = (await cli("report", "cluster", "CO", "--json")).json["items"]
    assert {cluster["country"] for cluster in clusters} <= {"CO"}


async def test_what_happens_is_watched_and_resumed_where_it_broke(cli: Cli) -> None:
    await submit(cli)
    await submit(cli, "--key", uuid.uuid4().hex)
    assert (await cli("reconcile", "--wait", "90")).code == 0
    ran = await cli("watch", "proposals", "--after", "0", "--count", "2", "--json")
    assert ran.code == 0
    first, second = (json.loads(line) for line in ran.out.splitlines())
    resumed = await cli("watch", "proposals", "--after", first["id"], "--count", "1", "--json")
    assert json.loads(resumed.out) == second
    rows = await cli("watch", "countries", "--count", "1")
    assert "country.reported.v1" in rows.out
    assert "CO" in rows.out
    assert (await cli("watch", "proposals", role="operator")).code == 3


@asynccontextmanager
async def cutting(url: str) -> AsyncIterator[tuple[str, list[str]]]:
    """A way to `url` on which every connection breaks behind its first event; and the ids that were asked behind."""
    behind: list[str] = []
    target = urlsplit(url)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(target.hostname, target.port)
        request = await reader.readuntil(b"\r\n\r\n")
        behind.extend(re.findall(r"last-event-id: (.+)\r", request.decode(), re.I))
        up_writer.write(request)
        seen, sent = b"", 0
        while True:
            seen += await up_reader.read(65536)
            event = re.search(rb"\ndata:.*?\r\n\r\n", seen, re.S)
            end = event.end() if event else len(seen)
            writer.write(seen[sent:end])
            sent = end
            if event:
                break
        writer.close()
        up_writer.close()

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", behind


async def test_a_connection_that_breaks_again_and_again_loses_nothing(cli: Cli) -> None:
    for _ in range(3):
        await submit(cli, "--key", uuid.uuid4().hex)
    assert (await cli("reconcile", "--wait", "90")).code == 0
    watch = ("watch", "scoring", "--after", "0", "--count", "4", "--json")
    whole = await cli(*watch)
    async with cutting(cli.running.urls["reporting"]) as (url, behind):
        ran = await trama(*watch, **cli.environment("auditor") | {"TRAMA_REPORTING_URL": url})
    assert ran.code == 0, ran.err
    assert ran.out == whole.out
    ids = [json.loads(line)["id"] for line in whole.out.splitlines()]
    assert len(set(behind)) > 1
    assert set(behind) <= {"0", *ids}
    assert "Trying again after event" in ran.err


async def test_a_rebuild_shows_its_result(cli: Cli) -> None:
    ran = await cli("rebuild", "reporting", "figures", "--json", role="operator")
    assert ran.code == 0, ran.err
    assert ran.json["differences"] == []
    unknown = await cli("rebuild", "reporting", "nothing", role="operator")
    assert unknown.code == 2
    assert "figures" in unknown.err


class Correct(Command):
    """Record a correction of an event that never was."""


class Nothing(BaseModel):
    """No state."""


def _decide(command: Correct, state: Nothing, now: datetime) -> list[Fact]:
    amount = Money(currency="USD", value=Decimal(1))
    return [FigureCorrected(project_id="none", country="CO", corrects="nothing-0", was=amount, becomes=amount,
                            reason="a test")]  # fmt: skip


def _evolve(state: Nothing, event: CloudEvent[Fact]) -> Nothing:
    return state


WRONG = Decider("wrong", Nothing(), _decide, _evolve)


async def test_what_fails_by_itself_is_parked_and_skipped_with_a_reason(cli: Cli) -> None:
    """Reconciling says unequal until an operator skips it; then it counts what was skipped."""
    service: Service = cli.running.apps["monitoring"].state.service
    stream = f"project-{uuid.uuid4().hex[:12]}"
    await execute(service.store, WRONG, stream, Correct(), Context("someone", uuid.uuid4().hex, "c"))

    async def parked() -> Any:
        ran = await cli("parked", "list", "--json")
        return ran if any(item["id"].startswith("reporting/") for item in ran.json) else None

    listed = await until(parked)
    assert listed.code == 1
    assert (await cli("reconcile")).code == 1
    [one] = [item for item in listed.json if item["id"].startswith("reporting/")]
    assert one["stream"] == stream
    shown = await cli("parked", "show", one["id"])
    assert "figure.corrected.v1" in shown.out
    again = await cli("parked", "retry", one["id"], role="operator")
    assert again.code == 1
    assert "failed again" in again.out
    refused = await cli("parked", "skip", one["id"], "--reason", "x", role="auditor")
    assert refused.code == 3
    for item in listed.json:
        done = await cli("parked", "skip", item["id"], "--reason", "a test's", role="operator")
        assert done.code == 0, done.err
        assert "recorded" in done.out
    assert (await cli("parked", "list")).code == 0
    ran = await cli("reconcile", "--wait", "90")
    assert ran.code == 0, ran.out
    assert "skipped by an operator" in ran.out
    assert (await cli("parked", "show", one["id"])).code == 2


async def test_the_doctor_sees_the_services(cli: Cli) -> None:
    ran = await cli("doctor", "--json")
    found = {check["name"]: check["state"] for check in ran.json["checks"]}
    assert {"intake", "evaluation", "monitoring", "reporting", "python", "disk"} <= set(found)
    assert all(found[name] == "ok" for name in cli.running.urls)
