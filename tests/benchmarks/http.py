"""A small HTTP client that keeps its connections: what measures must not take the processor from what is measured."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Http:
    """Asks one service, given by its URL, with JSON."""

    url: str
    _idle: list[Connection] = field(default_factory=list)

    async def ask(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> dict[str, Any]:
        """The answer's JSON; raises `RuntimeError` if it is an error. It may be sent twice: orders need a key."""
        content = b"" if body is None else json.dumps(body).encode()
        place = urlsplit(self.url)
        lines = [f"{method} {path} HTTP/1.1", f"Host: {place.netloc}", f"Content-Length: {len(content)}"]
        lines += ["Content-Type: application/json", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        request = "\r\n".join(lines).encode() + content
        while True:
            reader, writer = (
                self._idle.pop() if self._idle else await asyncio.open_connection(place.hostname, place.port)
            )
            try:
                writer.write(request)
                status, answer = await _answer(reader)
            except (ConnectionError, asyncio.IncompleteReadError):  # it was just being closed
                writer.close()
                continue
            self._idle.append((reader, writer))
            if status >= 300:
                raise RuntimeError(f"{method} {path}: {status} {answer.decode()}")
            found: dict[str, Any] = json.loads(answer)
            return found

    def close(self) -> None:
        """Close the connections."""
        for _, writer in self._idle:
            writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    first, *lines = head.split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines if ": " in line)
    return int(first.split(" ", 2)[1]), await reader.readexactly(int(fields["content-length"]))
