"""Kafka's jars are run only if they are those of the committed lock."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from jgo.env import LockFile, compute_spec_hash

from deploy.local import jars
from deploy.local.process import StartFailed

NOWHERE = "http://127.0.0.1:9"
ENTRY = """
[[dependencies]]
groupId = "org.slf4j"
artifactId = "slf4j-api"
version = "1.7.36"
packaging = "jar"
"""


def test_the_lock_belongs_to_the_spec_and_is_of_one_kafka() -> None:
    """Every jar has a checksum; Kafka's own are all of one version."""
    lock = LockFile.load(jars.FOLDER / "jgo.lock.toml")
    assert lock.spec_hash == compute_spec_hash(jars.FOLDER / "jgo.toml")
    assert all(d.sha256 for d in lock.dependencies)
    assert {d.version for d in lock.dependencies if d.groupId == "org.apache.kafka"} == {"4.3.1"}


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with the one real jar of a small lock, out of the real cache; nothing can be fetched."""
    real = next(path for path in jars.jars() if path.name == "slf4j-api-1.7.36.jar")
    copy = tmp_path / "maven" / "org" / "slf4j" / "slf4j-api" / "1.7.36" / real.name
    copy.parent.mkdir(parents=True)
    shutil.copy(real, copy)
    monkeypatch.setenv("TRAMA_CACHE", str(tmp_path))
    monkeypatch.setenv("TRAMA_MAVEN_REPOSITORY", NOWHERE)
    return copy


def a_lock(folder: Path, sha256: str) -> Path:
    lock = folder / "jgo.lock.toml"
    lock.write_text(f"[metadata]\n{ENTRY}{sha256}")
    return lock


def test_a_good_jar_needs_no_network(cached: Path, tmp_path: Path) -> None:
    """What is cached and right is used as it is."""
    right = next(
        d.sha256 for d in LockFile.load(jars.FOLDER / "jgo.lock.toml").dependencies if d.artifactId == "slf4j-api"
    )
    assert jars.jars(a_lock(tmp_path, f'sha256 = "{right}"')) == [cached]


def test_a_jar_with_another_checksum_is_not_used_nor_kept(cached: Path, tmp_path: Path) -> None:
    """It is thrown away and fetched again; when that can't be done, the message says what can."""
    with pytest.raises(
        StartFailed, match=r"can't fetch Kafka's jars(.|\n)*TRAMA_MAVEN_REPOSITORY(.|\n)*TRAMA_KAFKA_SERVERS"
    ):
        jars.jars(a_lock(tmp_path, f'sha256 = "{"0" * 64}"'))
    assert not cached.exists()


def test_a_lock_without_checksums_is_refused(cached: Path, tmp_path: Path) -> None:
    """An unchecked jar is never run."""
    with pytest.raises(StartFailed, match="gives no checksum for slf4j-api"):
        jars.jars(a_lock(tmp_path, ""))
    assert cached.exists()
