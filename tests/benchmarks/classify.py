"""Rules per second, and a back-test of 10,000 past proposals, against reading the same JSON in the same run.

Everything runs on one core; seconds are the process's own (CPU) time, so that a busy machine tells the same. Ratios
orient beyond this machine, and the bound on the back-test binds: 10,000 in under 10 s, reading them included.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from shared.programme.backtest import backtest
from shared.programme.classify import classify
from shared.programme.past import past_of
from shared.programme.policy import parse_policy
from shared.programme.proposal import Proposal
from shared.programme.screen import screen

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "shared" / "programme" / "examples"
TEXT = (ROOT / "services/evaluation/policies/2000-01-01.default.yaml").read_text("utf-8")
PAST = 10_000
BOUND = 10.0
ROUNDS = 5
SAMPLE = 500


LONG = (
    "Las empresas del territorio mejoran la calidad, el diseño y la gestión de sus compras, con el apoyo de técnicos. "
    "No buscamos solo vender más: queremos que las familias productoras ganen confianza y trabajen en conjunto. "
    "La articuladora reúne a los grupos cada mes, y el gremio lleva las cuentas de lo que se compra y se vende. "
    "El negocio colectivo debe ser rentable, y su rentabilidad se reparte entre quienes entregan su producción. "
)


def corpus(count: int, longer: int = 0) -> list[bytes]:
    """Past proposals: the examples in turn, each with its own axis, term and counterpart, so that nothing repeats.

    `longer` adds that many times four sentences (75 words) to each axis.
    """
    examples = [json.loads(path.read_text("utf-8")) for path in sorted(EXAMPLES.glob("*.json"))]
    proposals = [example for example in examples if "declared_typology" in example]
    texts = []
    for i in range(count):
        document = dict(proposals[i % len(proposals)])
        document["strategic_axis"] = f"{document['strategic_axis']} ({i}) {LONG * longer}"
        document["term"] = {**document["term"], "months": 20 + i % 45}
        first, *others = document["counterpart"]
        document["counterpart"] = [{**first, "amount": f"{1_000 + 37 * (i % 9_000)}.00"}, *others]
        texts.append(json.dumps(document, ensure_ascii=False).encode())
    return texts


def cpu(work: Callable[[], object]) -> float:
    """Seconds of processor time."""
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> int:
    """Measure all in turn, `ROUNDS` times, and print medians with their ratios; 1 if the bound is missed."""
    policy = parse_policy(TEXT)
    changed = parse_policy(TEXT.replace("minimum_share: 30", "minimum_share: 45"))
    texts = corpus(PAST)
    sample = [Proposal.model_validate_json(text) for text in texts[:SAMPLE]]
    measures: dict[str, Callable[[], object]] = {
        "read whole proposals": lambda: [Proposal.model_validate_json(text) for text in texts[:SAMPLE]],
        "read what the rules look at": lambda: [past_of(text) for text in texts[:SAMPLE]],
        "classify, in three languages": lambda: [classify(proposal, policy) for proposal in sample],
        "screen, in three languages": lambda: [screen(p, policy, p.declared_typology) for p in sample],
        "back-test, reading included": lambda: backtest((("", past_of(t)) for t in texts[:SAMPLE]), policy, changed),
    }
    seconds: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(ROUNDS):
        for name, measure in measures.items():
            seconds[name].append(cpu(measure))
    whole = cpu(lambda: backtest(((str(i), past_of(text)) for i, text in enumerate(texts)), policy, changed))
    long = corpus(PAST, longer=8)
    whole_long = cpu(lambda: backtest(((str(i), past_of(text)) for i, text in enumerate(long)), policy, changed))
    base = "read whole proposals"
    table = Table("measure", "per second (median)", f"time to {base}")
    for name in measures:
        ratio = median(a / b for a, b in zip(seconds[name], seconds[base], strict=True))
        table.add_row(name, f"{SAMPLE / median(seconds[name]):,.0f}", f"{ratio:.2f}")
    console = Console(width=100)
    console.print(table)
    console.print(f"Back-test of {PAST:,} past proposals: {whole:.1f} s on one core (asked for: under {BOUND:.0f} s)")
    console.print(f"The same, each with a strategic axis of some 600 words: {whole_long:.1f} s")
    return 0 if max(whole, whole_long) < BOUND else 1


if __name__ == "__main__":
    sys.exit(main())
