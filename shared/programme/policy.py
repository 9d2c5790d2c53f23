"""Selection policies: from the text of a file to a `Policy`, or to errors that name line, field and what is allowed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from yaml.nodes import Node

from shared.programme.policy_parts import PolicyFile
from shared.programme.policy_rules import breaches, unknown_origins
from shared.programme.policy_yaml import YamlError, line_of, plain, read_yaml
from shared.programme.words import Explanation, say

LONGEST = 200  # characters of a value that is quoted in a problem
SHAPES = {
    "extra_forbidden": "extra",
    "missing": "missing",
    "not_ordered": "not_ordered",
    "int_parsing": "whole_number",
    "int_from_float": "whole_number",
    "int_type": "whole_number",
    "decimal_parsing": "number",
    "decimal_type": "number",
    "finite_number": "number",
    "decimal_max_digits": "decimals",
    "decimal_max_places": "decimals",
    "decimal_whole_digits": "decimals",
    "greater_than_equal": "at_least",
    "less_than_equal": "at_most",
    "literal_error": "one_of",
    "string_too_short": "empty",
    "string_too_long": "too_long",
    "too_short": "too_few",
    "too_long": "too_many",
    "string_type": "text",
    "list_type": "list",
    "tuple_type": "list",
    "dict_type": "mapping",
    "model_type": "mapping",
    "model_attributes_type": "mapping",
    "string_pattern_mismatch": "version_form",
    "date_from_datetime_parsing": "date",
    "date_parsing": "date",
    "date_type": "date",
}
"""The sentence of the group `policy_problem` for each kind of wrong shape."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a policy file: line (from 1), dotted field, and in three languages what is allowed.

    `file` names the file where several were read.
    """

    line: int
    field: str
    texts: Explanation
    file: str = ""

    @property
    def message(self) -> str:
        """What is wrong and what is allowed, in English."""
        return self.texts["en"]

    def __str__(self) -> str:
        return f"{self.file + ', ' if self.file else ''}line {self.line}, {self.field}: {self.message}"


class PolicyError(ValueError):
    """Policy files that can't be used, with all their problems."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class Policy(PolicyFile):
    """A selection policy. `hash` is the SHA-256 (hex) of its file's text (UTF-8); results record version and hash."""

    hash: str


def parse_policy(text: str) -> Policy:
    """The policy that the YAML text holds. Raises `PolicyError` with line, field and what is allowed.

    How the parts fit together is looked at once each of them has its shape.
    """
    try:
        root = read_yaml(text)
        given = plain(root)
    except YamlError as error:
        raise PolicyError([Problem(error.line, error.field, error.texts)]) from error
    wrong = [_breach(root, *breach) for breach in unknown_origins(given)]
    try:
        file = PolicyFile.model_validate(given)
    except ValidationError as error:
        raise PolicyError([_shape(root, e) for e in error.errors(include_url=False)] + wrong) from error
    if wrong := wrong + [_breach(root, *breach) for breach in breaches(file)]:
        raise PolicyError(wrong)
    return Policy.model_construct(**dict(file), hash=hashlib.sha256(text.encode()).hexdigest())


def read_folder(folder: Path) -> dict[str, str]:
    """The texts of a folder's policies by their files' names, exactly: their hash is that of the file.

    Raises `PolicyError` for whatever else is there, since it would be ignored, and OSError.
    """
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for path in sorted(folder.iterdir()):
        try:
            if path.suffix != ".yaml" or not path.is_file():
                problems.append(Problem(1, "file", say("policy_problem", "no_policy_file"), path.name))
            else:
                texts[path.name] = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            problems.append(Problem(1, "file", say("policy_problem", "no_utf8", byte=error.start), path.name))
    if problems:
        raise PolicyError(problems)
    return texts


def load_policies(files: Mapping[str, str]) -> list[Policy]:
    """The policies of a folder, by effective date, from the texts of its files by their names.

    A file is named for its version (`2026-01-01.default.yaml`); two may not take effect on the same day, so that it is
    always clear which one is in force. Raises `PolicyError` with the problems of all files.
    """
    policies: dict[str, Policy] = {}
    problems: list[Problem] = []
    for name, text in sorted(files.items()):
        try:
            policies[name] = parse_policy(text)
        except PolicyError as error:
            problems += [replace(problem, file=name) for problem in error.problems]
    problems += _together(policies)
    if not files:
        problems.append(Problem(1, "version", say("policy_problem", "no_policy")))
    if problems:
        raise PolicyError(problems)
    return sorted(policies.values(), key=lambda policy: policy.effective)


def _together(policies: Mapping[str, Policy]) -> Iterator[Problem]:
    """Problems of the policies of a folder with each other, and with the names of their files."""
    seen: dict[tuple[str, str], str] = {}
    for name, policy in policies.items():
        if name.removesuffix(".yaml") != policy.version:
            yield Problem(1, "version", say("policy_problem", "file_name", version=policy.version), name)
        for field, value in (("version", policy.version), ("effective", policy.effective.isoformat())):
            if (field, value) in seen:
                other = seen[field, value]
                yield Problem(1, field, say("policy_problem", f"same_{field}", value=value, other=other), name)
            seen.setdefault((field, value), name)


def in_force(policies: Iterable[Policy], day: date) -> Policy:
    """The policy that applies to what was recorded on `day` (UTC): the latest that was effective by then.

    Raises LookupError if none was.
    """
    effective = [policy for policy in policies if policy.effective <= day]
    if not effective:
        raise LookupError(f"no policy is in force on {day}: add one that is effective by then")
    return max(effective, key=lambda policy: (policy.effective, policy.version))


def _shape(root: Node, error: Any) -> Problem:
    path = tuple(part for part in error["loc"] if part != "[key]")
    values = {"given": error["input"], **error.get("ctx", {})} if error["type"] != "missing" else {}
    if "expected" in values:  # pydantic's list is in English: "'pass', 'refer' or 'fail'"
        values["expected"] = values["expected"].replace(" or ", ", ").replace("'", "")
    return _breach(root, path, SHAPES.get(error["type"], "other"), {"why": error["msg"], **values})


def _breach(root: Node, path: tuple[int | str, ...], rule: str, values: Mapping[str, object]) -> Problem:
    texts = say("policy_problem", rule, **{name: _short(value) for name, value in values.items()})
    return Problem(line_of(root, path), ".".join(map(str, path)), texts)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
