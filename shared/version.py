"""The version of Trama."""

from importlib.metadata import PackageNotFoundError, version


def _installed() -> str:
    try:
        return version("trama")
    except PackageNotFoundError:  # run from a work tree
        return "0.1.0"


VERSION = _installed()
