"""Server-Sent Events, as the HTML standard defines them: bytes in, events out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `id` is the last id that the stream gave, for resuming after it."""

    name: str
    data: str
    id: str


@dataclass
class Parser:
    """Reads a stream of bytes; `retry` is how many seconds the server asks to wait before reconnecting."""

    last_id: str = ""
    retry: float | None = None
    _data: list[str] = field(default_factory=list)
    _name: str = ""

    def events(self, chunks: Iterable[bytes]) -> Iterator[Event]:
        """The events in `chunks`; one that the end of the stream cut off is not given."""
        self._data, self._name = [], ""
        for line in _lines(chunks):
            if line:
                self._field(line.decode("utf-8", "replace"))
            elif self._data:
                yield Event(self._name or "message", "\n".join(self._data), self.last_id)
                self._data, self._name = [], ""
            else:
                self._name = ""

    def _field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name == "id" and "\0" not in value:
            self.last_id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value) / 1000


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines ended by LF, CR LF or CR; `str.splitlines` knows more ends than the standard, and JSON may hold them."""
    rest, skip = b"", False
    for chunk in chunks:
        if skip and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        if not chunk:
            continue
        skip = chunk.endswith(b"\r")
        *whole, rest = (rest + chunk).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        yield from whole
