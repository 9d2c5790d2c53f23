"""`trama policy backtest` without a file of proposals: evaluation tries the policy on all that it has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.cli.running_cli import Ran, trama
from tests.evaluation.examples import POLICY_TEXT
from tests.evaluation.test_api import submitted
from tests.running import Programme


async def backtest(services: Programme, policy: Path, role: str, *more: str) -> Ran:
    environment = {f"TRAMA_{name.upper()}_URL": url for name, url in services.urls.items()}
    environment |= {"TRAMA_TOKEN": services.token(role, "CO"), "TRAMA_DATA": str(policy.parent)}
    return await trama("policy", "backtest", str(policy), *more, **environment)


async def test_evaluation_tries_a_policy_on_what_it_has(services: Programme, tmp_path: Path) -> None:
    """The coffee network brings 40 %; another kind of caller is refused, and a wrong policy is, before it is sent."""
    proposal_id = await submitted(services)
    draft = tmp_path / "draft.yaml"
    draft.write_text(POLICY_TEXT.replace("minimum_share: 30", "minimum_share: 45"), "utf-8")
    done = await backtest(services, draft, "evaluator", "--json")
    assert done.code == 0, done.err
    found: dict[str, Any] = done.json
    flips = {(f["proposal_id"], f["what"]): (f["before"], f["after"]) for f in found["flips"]}
    assert flips[proposal_id, "check:counterpart_share"] == ("pass", "fail")
    assert found["tried"] >= 1
    said = await backtest(services, draft, "evaluator", "--lang", "es")
    assert "Contrapartida sobre el total" in said.out
    assert (await backtest(services, draft, "country_office")).code == 3
    draft.write_text("version: 1", "utf-8")
    wrong = await backtest(services, draft, "evaluator")
    assert (wrong.code, "version" in wrong.err) == (2, True)
