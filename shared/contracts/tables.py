"""The tables of `docs/contracts.md`, made from the contracts: between two marks, never by hand. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shared.contracts import headers
from shared.contracts.topics import CHANNELS, READS, contract_types, types_on


def renewed(page: str) -> str:
    """The page with its tables as they are now; raises `ValueError` if a table's marks are missing."""
    for name, table in _TABLES.items():
        start, end = f"<!-- {name}: made by python -m shared.schemas -->\n", f"<!-- end of {name} -->"
        before, found, rest = page.partition(start)
        _, closed, after = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"the page has no place for the table {name}: put {start.strip()} and {end} there")
        page = before + start + "\n".join(table()) + "\n" + closed + after
    return page


def _first_sentence(text: str | None) -> str:
    return " ".join((text or "").partition("\n\n")[0].split()).replace("|", "\\|")


def _events() -> Iterator[str]:
    yield "| event | what happened | schema |"
    yield "|---|---|---|"
    facts = contract_types()
    for topic in CHANNELS:
        yield f"| **`{topic}`** | | |"
        for name in types_on(topic):
            yield f"| `{name}` | {_first_sentence(facts[name].__doc__)} | [schemas](contracts/schemas/{name}/) |"


def _headers() -> Iterator[str]:
    yield "| header | what it tells | on the compacted topics |"
    yield "|---|---|---|"
    for header in headers.RECORD:
        yield f"| `{header.name}` | {header.tells} | {'yes' if header in headers.STATE else ''} |"


def _topics() -> Iterator[str]:
    yield "| topic | what is on it | written by | read by |"
    yield "|---|---|---|---|"
    for topic, channel in CHANNELS.items():
        readers = [service for service, topics in READS.items() if topic in topics]
        yield f"| `{topic}` | {channel.summary} | {channel.emitter} | {', '.join(readers) or 'headquarters'} |"


_TABLES: dict[str, Callable[[], Iterator[str]]] = {"events": _events, "headers": _headers, "topics": _topics}
