"""Selection policies: from the text of a file to a `Policy`, or to errors that name line, field and what is allowed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml
from pydantic import ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from shared.programme.policy_parts import PolicyFile
from shared.programme.policy_rules import breaches

LARGEST = 200_000
"""The most characters that a policy file may have."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a policy file: line (from 1), dotted field, what it is and what is allowed."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.field}: {self.message}"


class PolicyError(ValueError):
    """A policy file that can't be used, with all its problems."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class Policy(PolicyFile):
    """A selection policy. `hash` is the SHA-256 (hex) of its file's text (UTF-8); results record version and hash."""

    hash: str


def parse_policy(text: str) -> Policy:
    """The policy that the YAML text holds. Raises `PolicyError` with line, field and what is allowed."""
    root = _compose(text)
    try:
        file = PolicyFile.model_validate(_plain(root))
    except ValidationError as error:
        raise PolicyError([_problem(root, e) for e in error.errors(include_url=False)]) from error
    if wrong := [Problem(_line(root, path), ".".join(map(str, path)), what) for path, what in breaches(file)]:
        raise PolicyError(wrong)
    return Policy.model_construct(**dict(file), hash=hashlib.sha256(text.encode()).hexdigest())


def in_force(policies: Iterable[Policy], day: date) -> Policy:
    """The policy that applies to what was recorded on `day` (UTC): the latest that was effective by then.

    Raises LookupError if none was.
    """
    effective = [policy for policy in policies if policy.effective <= day]
    if not effective:
        raise LookupError(f"no policy is in force on {day}: add one that is effective by then")
    return max(effective, key=lambda policy: (policy.effective, policy.version))


def _compose(text: str) -> Node:
    if len(text) > LARGEST:
        raise PolicyError([Problem(1, "file", f"has {len(text)} characters; at most {LARGEST} are allowed")])
    try:
        for token in yaml.scan(text):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
                line = token.start_mark.line + 1
                raise PolicyError([Problem(line, "file", "uses a YAML anchor or alias: write the value out")])
        root = yaml.compose(text, yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PolicyError([Problem(line, "file", f"is no YAML: {error.problem}")]) from error
    except yaml.YAMLError as error:
        raise PolicyError([Problem(1, "file", f"is no YAML: {error}")]) from error
    if not isinstance(root, MappingNode):
        raise PolicyError([Problem(1, "file", "must be a mapping of fields")])
    return root


def _plain(node: Node, path: str = "") -> Any:
    """The node as dicts, lists and texts: numbers stay text, so that they are read exactly."""
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, SequenceNode):
        return [_plain(item, f"{path}.{i}") for i, item in enumerate(node.value)]
    assert isinstance(node, MappingNode)  # noqa: S101 (YAML has no fourth kind of node)
    result: dict[str, Any] = {}
    for key, value in node.value:
        line, name = key.start_mark.line + 1, str(key.value)
        field = f"{path}.{name}".lstrip(".")
        if name in result:
            raise PolicyError([Problem(line, field, "is given twice: remove one")])
        result[name] = _plain(value, field)
    return result


def _problem(root: Node, error: Any) -> Problem:
    path = tuple(part for part in error["loc"] if part != "[key]")
    message = {
        "extra_forbidden": "is not a field of a policy: remove it or correct its name",
        "missing": "is missing: add it",
    }.get(error["type"], error["msg"])
    return Problem(_line(root, path), ".".join(map(str, path)), message)


def _line(node: Node, path: tuple[int | str, ...]) -> int:
    """The line of the field, or of the innermost part around it that is in the file."""
    line = node.start_mark.line + 1
    for step in path:
        found = _child(node, step)
        if found is None:
            break
        line, node = found
    return line


def _child(node: Node, step: int | str) -> tuple[int, Node] | None:
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        item = node.value[step]
        return item.start_mark.line + 1, item
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    return None
