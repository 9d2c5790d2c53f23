"""The YAML of a policy file: read without aliases or types, so that numbers stay exact and each field has its line."""

from __future__ import annotations

from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from shared.programme.words import TEXT_LOADER, Explanation, say

LARGEST = 200_000
"""The most characters that a policy file may have."""
DEEPEST = 50
"""The most levels of nesting; a policy needs fewer than ten."""
_OPENING = (
    yaml.BlockSequenceStartToken,
    yaml.BlockMappingStartToken,
    yaml.FlowSequenceStartToken,
    yaml.FlowMappingStartToken,
)
_CLOSING = (yaml.BlockEndToken, yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)


class YamlError(ValueError):
    """The text is no YAML that a policy may use: line (from 1), dotted field, and in three languages what is wrong."""

    def __init__(self, line: int, field: str, rule: str, **values: object) -> None:
        super().__init__(f"line {line}, {field}: {rule}")
        self.line = line
        self.field = field
        self.texts: Explanation = say("policy_problem", rule, **values)


def read_yaml(text: str) -> Node:
    """The text's mapping. Raises YamlError."""
    if len(text) > LARGEST:
        raise YamlError(1, "file", "too_large", size=len(text), limit=LARGEST)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        line, code = text.count("\n", 0, error.start) + 1, f"{ord(text[error.start]):04X}"
        raise YamlError(line, "file", "no_character", code=code) from None
    try:
        depth = 0
        for token in yaml.scan(text, TEXT_LOADER):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken | yaml.TagToken):
                raise YamlError(token.start_mark.line + 1, "file", "alias")
            depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
            if depth > DEEPEST:  # the composer recurses in C, and deep nesting would kill the process
                raise YamlError(token.start_mark.line + 1, "file", "too_deep", most=DEEPEST)
        root = yaml.compose(text, TEXT_LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlError(line, "file", "no_yaml", why=error.problem) from error
    except yaml.YAMLError as error:
        raise YamlError(1, "file", "no_yaml", why=error) from error
    if not isinstance(root, MappingNode):
        raise YamlError(1, "file", "no_mapping")
    return root


def plain(node: Node, path: str = "") -> Any:
    """The node as dicts, lists and texts: numbers stay text, so that they are read exactly. Raises YamlError."""
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, SequenceNode):
        return [plain(item, f"{path}.{i}") for i, item in enumerate(node.value)]
    assert isinstance(node, MappingNode)  # noqa: S101 (YAML has no fourth kind of node)
    result: dict[str, Any] = {}
    for key, value in node.value:
        line, name = key.start_mark.line + 1, str(key.value)
        field = f"{path}.{name}".lstrip(".")
        if not isinstance(key, ScalarNode):
            raise YamlError(line, path.lstrip(".") or "file", "key")
        if name in result:
            raise YamlError(line, field, "given_twice")
        result[name] = plain(value, field)
    return result


def line_of(node: Node, path: tuple[int | str, ...]) -> int:
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
