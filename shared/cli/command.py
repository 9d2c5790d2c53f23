"""How a command of `trama` is made: the options that all share, its examples, its exit code."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Concatenate, ParamSpec

import typer

from shared.cli import places, show
from shared.cli.client import Client, open_client
from shared.cli.failure import Answered, Code, Failure
from shared.cli.words import Language, choose, say

P = ParamSpec("P")
PANEL = "For every command"
DEBUG = "TRAMA_DEBUG"
_NO_DEFECTS = (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError)
"""What the framework itself knows how to end a command with."""
Result = Code | bool | None
"""What a command returns: an exit code; True and None stand for 0, False for 1."""


@dataclass
class Session:
    """One run of a command: what the shared options say, and the client they lead to."""

    data: Path
    json: bool
    language: Language
    url: str | None = None
    token: str | None = None
    persona: str | None = None
    _client: Client | None = field(default=None, repr=False)

    @property
    def places(self) -> places.Places:
        """Where the services are; raises `Failure`."""
        return places.find(self.data, self.url, os.environ)

    @property
    def client(self) -> Client:
        """A client of the services, made on first use."""
        if self._client is None:
            self._client = open_client(self.places, self.language, self.token, self.persona)
        return self._client

    def say(self, key: str, **values: object) -> str:
        """A text of words.yaml in the user's language."""
        return say(key, self.language, **values)

    def close(self) -> None:
        """Close what was opened."""
        if self._client is not None:
            self._client.close()


def shared(
    data: Annotated[
        Path, typer.Option(envvar="TRAMA_DATA", help="the local stack's directory", rich_help_panel=PANEL)
    ] = Path(".trama"),
    url: Annotated[
        str | None,
        typer.Option(envvar="TRAMA_URL", help="the front door of another stack", rich_help_panel=PANEL),
    ] = None,
    as_: Annotated[
        str | None,
        typer.Option("--as", envvar="TRAMA_AS", help="act as this persona of the local issuer", rich_help_panel=PANEL),
    ] = None,
    token: Annotated[
        str | None,
        typer.Option(envvar="TRAMA_TOKEN", show_envvar=True, help="act with this bearer token", rich_help_panel=PANEL),
    ] = None,
    lang: Annotated[
        Language | None, typer.Option(help="language of the answers (else the locale's)", rich_help_panel=PANEL)
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="print JSON for programs", rich_help_panel=PANEL)] = False,
) -> Session:
    """The session that the shared options describe; its signature is what every command's help shows of them."""
    return Session(data, json, choose(lang, os.environ), url, token, as_)


_SHARED = inspect.signature(shared, eval_str=True).parameters
_BEFORE: ContextVar[Mapping[str, Any]] = ContextVar("before", default=MappingProxyType({}))


def command(
    app: typer.Typer, name: str, examples: Sequence[str]
) -> Callable[[Callable[Concatenate[Session, P], Result]], Callable[Concatenate[Session, P], Result]]:
    """Add a command to `app`: a function whose first parameter is the session, the others its own arguments."""

    def register(function: Callable[Concatenate[Session, P], Result]) -> Callable[Concatenate[Session, P], Result]:
        call: Callable[..., Result] = function
        own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]

        @functools.wraps(function)
        def run(**given: Any) -> None:
            session = shared(**_merged({key: given.pop(key) for key in _SHARED}))
            raise typer.Exit(int(carry_out(session, lambda: call(session, **given))))

        app.command(name, epilog=_epilog(examples))(_signed(run, own))
        return function

    return register


def before_commands(app: typer.Typer, function: Callable[..., None]) -> None:
    """Let the shared options be given before the command too; `function` takes the program's own options."""
    own = list(inspect.signature(function, eval_str=True).parameters.values())

    @functools.wraps(function)
    def run(**given: Any) -> None:
        _BEFORE.set({key: given.pop(key) for key in _SHARED})
        function(**given)

    app.callback()(_signed(run, own))


def _signed(run: Callable[..., None], own: Sequence[inspect.Parameter]) -> Callable[..., None]:
    """`run` with the signature that typer is to read: its own parameters and the shared ones."""
    every = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in (*own, *_SHARED.values())]
    run.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in every}
    del run.__wrapped__  # type: ignore[attr-defined]
    return run


def _merged(given: dict[str, Any]) -> dict[str, Any]:
    """The shared options: those after the command go before those in front of it."""
    before = _BEFORE.get()
    return {key: before.get(key, value) if value == _SHARED[key].default else value for key, value in given.items()}


def carry_out(session: Session, work: Callable[[], Result]) -> Code:
    """Do the work of a command; what goes wrong is told, and becomes the exit code."""
    try:
        result = work()
    except Failure as error:
        show.failure(error, session.language, session.json)
        return error.code
    except Answered as error:
        show.answered(error, session.language, session.json)
        return error.code
    except (KeyboardInterrupt, typer.Abort):
        return Code.INTERRUPTED
    except Exception as error:  # a defect: users get a sentence, whoever mends it the trace
        if os.environ.get(DEBUG) or isinstance(error, _NO_DEFECTS):
            raise
        defect = Failure(Code.UNREACHABLE, "defect", error=f"{type(error).__name__}: {error}", variable=DEBUG)
        show.failure(defect, session.language, session.json)
        return defect.code
    finally:
        session.close()
    if isinstance(result, Code):
        return result
    return Code.NO if result is False else Code.OK


def _epilog(examples: Sequence[str]) -> str:
    return "\n\n".join(["Examples:", *(f"  {example}" for example in examples)])
