"""The whole system on one machine: servers, token issuer and services, each a process of its own, supervised."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from deploy.local import mongo, state
from deploy.local.external import External
from deploy.local.parts import issuer_part, kafka_part, mongo_part, service_part
from deploy.local.ports import choose
from deploy.local.supervise import Event, Part, Supervised

# a service's usual port, taken when it is free
SERVICES = {"intake": 8101, "evaluation": 8102, "monitoring": 8103, "reporting": 8104}
SERVERS = ("mongo", "kafka", "kafka-controller", "issuer")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _ignore(_: object) -> None:
    return None


class Stack:
    """Use as `async with Stack(data) as stack: await stack.ready(); ...; await stack.wait()`, in the main thread.

    `data` keeps everything: a later stack on it goes on where this one was. `services=()` runs the servers alone.
    `on_event` hears what happens to each part, `say` other news. With `handle_signals`, Ctrl-C and SIGTERM end the
    `async with` block in good order (a second one at once); what comes after the block is then run as usual.
    Raises `StartFailed` with a message for the user, from entering and from `ready`.
    """

    def __init__(
        self,
        data: Path,
        services: Sequence[str] = tuple(SERVICES),
        on_event: Callable[[Event], None] = _ignore,
        *,
        say: Callable[[str], None] = _ignore,
        external: External | None = None,
        handle_signals: bool = False,
    ) -> None:
        self.data = data.absolute()
        self.addresses: dict[str, str] = {}
        self._external = external if external is not None else External.from_environment()
        self._services, self._on_event, self._say, self._handle_signals = services, on_event, say, handle_signals
        self._ports: dict[str, int] = {}
        self._supervised: list[Supervised] = []
        self._held: IO[str] | None = None
        self._starting: asyncio.Task[None] | None = None
        self._signalled = False

    @property
    def pids(self) -> dict[str, int]:
        """The process ids of the parts that are up."""
        return {s.part.name: s.pid for s in self._supervised if s.pid}

    @property
    def environment(self) -> dict[str, str]:
        """What tells a service, or a client, where the servers are."""
        found = {"MONGO_URL": "mongo", "KAFKA_SERVERS": "kafka", "OIDC_ISSUER": "issuer"}
        return {f"TRAMA_{variable}": self.addresses[part] for variable, part in found.items()}

    async def __aenter__(self) -> Self:
        """Take the data directory, choose ports and begin to start; `ready()` tells when all serve."""
        self._held = await asyncio.to_thread(state.lock, self.data)
        try:
            await asyncio.to_thread(state.end_leftovers, self.data)
            self._choose_ports()
            self._write(running=True)
        except BaseException:
            self._held.close()
            raise
        if self._handle_signals:
            self._catch_signals()
        self._starting = asyncio.create_task(self._start(), name="start the stack")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        """End all processes, services first; no return before the last is gone."""
        interrupted = False
        # in a task of its own: a cancellation must not leave processes behind
        stopping = asyncio.create_task(self._stop(), name="stop the stack")
        while not stopping.done():
            try:
                await asyncio.shield(stopping)
            except asyncio.CancelledError:
                interrupted = True
        stopping.result()
        if self._signalled and (task := asyncio.current_task()):
            task.uncancel()
            return kind is asyncio.CancelledError
        if interrupted:
            raise asyncio.CancelledError
        return False

    async def ready(self) -> None:
        """Return once every part has answered; raises `StartFailed` if one can't be brought up."""
        if not self._starting:
            raise RuntimeError("enter the stack first: async with Stack(...) as stack")
        await asyncio.shield(self._starting)

    async def wait(self) -> None:
        """Keep the stack up until the caller is cancelled (or signalled, with `handle_signals`)."""
        await self.ready()
        tasks = {s.task for s in self._supervised if s.task}
        if not tasks:
            await asyncio.Event().wait()
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:  # supervision never ends but by an error that no restart heals
            task.result()

    def _choose_ports(self) -> None:
        before = state.read(self.data)
        remembered = before.ports if before else {}
        usual = dict.fromkeys(SERVERS) | {name: SERVICES.get(name) for name in self._services}
        chosen = choose({name: remembered.get(name, port) for name, port in usual.items()})
        # those of services that don't run this time are kept for the next
        self._ports = {name: port for name, port in remembered.items() if port not in chosen.values()} | chosen
        local = {name: f"http://127.0.0.1:{chosen[name]}" for name in ("issuer", *self._services)}
        servers = {"mongo": mongo.url([chosen["mongo"]]), "kafka": f"127.0.0.1:{chosen['kafka']}"}
        self.addresses = servers | local | self._external.addresses()

    async def _start(self) -> None:
        await together([self._external.check(), *(self._serve(making) for making in self._own_servers())])
        ports, environment = self._ports, self.environment
        services = (service_part(self.data, name, ports[name], environment) for name in self._services)
        await together(self._serve(making) for making in services)

    def _own_servers(self) -> list[Coroutine[Any, Any, Part]]:
        data, ports, outside = self.data, self._ports, self._external.addresses()
        making: dict[str, Callable[[], Coroutine[Any, Any, Part]]] = {
            "mongo": lambda: mongo_part(data, ports["mongo"]),
            "kafka": lambda: kafka_part(data, ports["kafka"], ports["kafka-controller"], self._say),
            "issuer": lambda: issuer_part(data, ports["issuer"]),
        }
        return [make() for name, make in making.items() if name not in outside]

    async def _serve(self, making: Coroutine[Any, Any, Part]) -> None:
        supervised = Supervised(await making, self._heard)
        self._supervised.append(supervised)
        supervised.start()
        await supervised.ready()

    def _heard(self, event: Event) -> None:
        self._write(running=True)
        self._on_event(event)

    def _write(self, running: bool) -> None:
        parts = {s.part.name: state.PartState(**s.record()) for s in self._supervised}
        now = state.StackState(
            running=running, supervisor=os.getpid(), ports=self._ports, addresses=self.addresses, parts=parts
        )
        state.write(self.data, now)

    async def _stop(self) -> None:
        if self._starting:
            self._starting.cancel()
            await asyncio.wait({self._starting})
        servers = [s for s in self._supervised if s.part.name in SERVERS]
        for group in ([s for s in self._supervised if s not in servers], servers):
            await asyncio.gather(*(s.stop() for s in group))
        self._write(running=False)
        if self._handle_signals:
            for number in SIGNALS:
                asyncio.get_running_loop().remove_signal_handler(number)
        if self._held:
            self._held.close()

    def _catch_signals(self) -> None:
        entered = asyncio.current_task()

        def caught() -> None:
            if self._signalled:
                for supervised in self._supervised:
                    supervised.kill()
            elif entered:
                self._signalled = True
                entered.cancel()

        for number in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, caught)


async def together(coroutines: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run all at once; the first error is raised, after the others were cancelled and are gone."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
