"""A service is a process of its own, told where the servers are, and ready when it says so over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest

from deploy.local import parts
from deploy.local.ports import free_port
from deploy.local.supervise import Event, Supervised

# not ready at its first question; answers everything with what it was told
PROGRAM = """
import http.server, os
asked = 0
class Door(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global asked
        asked += 1
        self.send_response(503 if asked == 1 else 200)
        self.end_headers()
        self.wfile.write(os.environ["TRAMA_KAFKA_SERVERS"].encode())
address = os.environ["TRAMA_HTTP_HOST"], int(os.environ["TRAMA_HTTP_PORT"])
http.server.ThreadingHTTPServer(address, Door).serve_forever()
"""


async def test_a_service_is_ready_when_it_says_so_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 is waited out; after kill -9 the same address answers again."""
    folder = tmp_path / "services" / "small"
    folder.mkdir(parents=True)
    (folder.parent / "__init__.py").touch()  # a package of its own, before the one that is installed
    (tmp_path / "pyproject.toml").touch()
    (folder / "__main__.py").write_text(PROGRAM)
    monkeypatch.setattr(parts, "ROOT", tmp_path)
    ready, port = asyncio.Event(), free_port()

    def tell(event: Event) -> None:
        if event.what == "ready":
            ready.set()

    part = await parts.service_part(tmp_path, "small", port, {"TRAMA_KAFKA_SERVERS": "127.0.0.1:1"})
    service = Supervised(part, tell)
    service.start()
    await service.ready()
    for _ in range(2):
        await asyncio.wait_for(ready.wait(), 60)
        ready.clear()
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/")).text == "127.0.0.1:1"
        os.kill(service.pid or 0, signal.SIGKILL)
    await asyncio.wait_for(ready.wait(), 60)
    assert service.restarts == 2
    await service.stop()
