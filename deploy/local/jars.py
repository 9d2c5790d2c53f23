"""Kafka's jars: fetched once into a cache as the committed lock says, and checked against its SHA-256 at every start.

`jgo` made the lock and downloads here; it does not compare checksums by itself.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.local.process import StartFailed

FOLDER = Path(__file__).parent / "kafka-jars"
INSTEAD = "use an external Kafka (TRAMA_KAFKA_SERVERS), or docker compose up"
AT_ONCE = 8  # downloads


def cache() -> Path:
    """Where fetched jars are kept: $TRAMA_CACHE, or `trama` in the user's cache folder."""
    if given := os.environ.get("TRAMA_CACHE"):
        return Path(given).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "trama"


def jars(lock: Path = FOLDER / "jgo.lock.toml", say: Callable[[str], None] = lambda _: None) -> list[Path]:
    """The jars of `lock`, in its order; `say` hears of a download.

    A jar that is missing or not what the lock says (a download that was cut off) is fetched once more; raises
    `StartFailed` if one still can't be had or its checksum differs: nothing is run then, nor is that jar kept.
    """
    locked = _load(lock)
    repository = cache() / "maven"
    with _alone(repository):
        paths = [_path(repository, dependency) for dependency in locked.dependencies]
        if wrong := [d for d, path in zip(locked.dependencies, paths, strict=True) if not _is_right(d, path)]:
            say(f"fetching {len(wrong)} jars of Apache Kafka, once, into {repository}")
            _fetch(wrong, repository)
        if errors := locked.verify_checksums(repository):
            _discard(locked, repository)
            raise StartFailed("Kafka's jars are not the ones that were locked, refused:\n" + "\n".join(errors))
    return paths


def _load(lock: Path) -> Any:
    try:
        from jgo.env import LockFile
    except ImportError as error:
        raise StartFailed(f"jgo is not installed: pip install 'trama[local]', or {INSTEAD}") from error
    locked = LockFile.load(lock)
    if unchecked := [d.artifactId for d in locked.dependencies if not d.sha256]:
        raise StartFailed(f"{lock} gives no checksum for {', '.join(unchecked)}: run `jgo lock` in {lock.parent}")
    return locked


def _path(repository: Path, dependency: Any) -> Path:
    folder = repository.joinpath(*dependency.groupId.split("."), dependency.artifactId, dependency.version)
    suffix = f"-{dependency.classifier}" if dependency.classifier else ""
    return folder / f"{dependency.artifactId}-{dependency.version}{suffix}.{dependency.packaging}"


def _is_right(dependency: Any, path: Path) -> bool:
    from jgo.env._lockfile import compute_sha256

    return path.exists() and bool(compute_sha256(path) == dependency.sha256)


def _fetch(dependencies: list[Any], repository: Path) -> None:
    from jgo.maven import MavenContext

    mirror = os.environ.get("TRAMA_MAVEN_REPOSITORY")
    remote = {"mirror": mirror.rstrip("/")} if mirror else None
    context = MavenContext(repo_cache=repository, local_repos=[], remote_repos=remote, timeout=30)

    def fetch(dependency: Any) -> None:
        _path(repository, dependency).unlink(missing_ok=True)
        component = context.project(dependency.groupId, dependency.artifactId).at_version(dependency.version)
        component.artifact(dependency.classifier or "", dependency.packaging).resolve()

    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(fetch, dependencies))
    except (OSError, RuntimeError) as error:  # requests' errors are OSErrors, jgo's are RuntimeErrors
        raise StartFailed(
            f"can't fetch Kafka's jars: {error}\nLet this machine reach Maven Central once, name a mirror with "
            f"TRAMA_MAVEN_REPOSITORY, or {INSTEAD}"
        ) from error


def _discard(locked: Any, repository: Path) -> None:
    for dependency in locked.dependencies:
        if not _is_right(dependency, path := _path(repository, dependency)):
            path.unlink(missing_ok=True)


@contextmanager
def _alone(repository: Path) -> Iterator[None]:
    """Only one process at a time fetches into the cache."""
    repository.mkdir(parents=True, exist_ok=True)
    with (repository / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
