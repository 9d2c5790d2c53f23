"""What every service reads from its environment; nothing is read at import."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import TramaError
from shared.kafka import Kafka, Mechanism

PREFIX = "TRAMA_"


class SettingsError(TramaError):
    """The environment lacks something or holds something wrong; the text names each variable and what to do."""


class ServiceSettings(BaseSettings):
    """The environment of one service, names prefixed with `TRAMA_`; an empty variable counts as not given.

    A service derives from it and sets `service` (its name) and `default_port`. `logs` is the number of logs of its
    event store, fixed when it first starts; `kafka_replication` that of the topics it makes. The claim names say where
    the issuer puts roles, countries and agency; a dotted name reaches into nested claims. `oidc_reached_at` is
    the issuer's address inside the network, where that is not the name that its tokens carry.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="ignore", frozen=True, env_ignore_empty=True, hide_input_in_errors=True
    )

    service: ClassVar[str] = ""
    default_port: ClassVar[int] = 0

    mongo_url: SecretStr
    kafka_servers: str
    kafka_tls: bool = False
    kafka_ca_file: str = ""
    kafka_username: str = ""
    kafka_password: SecretStr = SecretStr("")
    kafka_mechanism: Mechanism = "SCRAM-SHA-512"
    kafka_insecure: bool = False
    kafka_replication: Annotated[int, Field(ge=1, le=9)] = 1
    database: str = ""
    logs: Annotated[int, Field(ge=1, le=256)] = 4
    oidc_issuer: str
    oidc_audience: str = "trama"
    oidc_insecure: bool = False
    oidc_reached_at: str = ""
    oidc_roles_claim: str = "trama_roles"
    oidc_countries_claim: str = "trama_countries"
    oidc_agency_claim: str = "trama_agency"
    http_host: str = "127.0.0.1"
    http_port: Annotated[int, Field(ge=0, le=65535)] = 0
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("mongo_url")
    @classmethod
    def _mongo(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("mongodb://", "mongodb+srv://")):
            raise ValueError("must start with mongodb:// or mongodb+srv://")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @model_validator(mode="after")
    def _login(self) -> Self:
        if self.kafka_username and not (self.kafka_tls or self.kafka_insecure):
            raise ValueError(
                "TRAMA_KAFKA_USERNAME would send a password in the clear: set TRAMA_KAFKA_TLS=true, or "
                "TRAMA_KAFKA_INSECURE=true on a network you trust"
            )
        return self

    @property
    def kafka(self) -> Kafka:
        """Where Kafka is, and how to log in there."""
        password = self.kafka_password.get_secret_value()
        return Kafka(
            self.kafka_servers, self.kafka_tls, self.kafka_ca_file, self.kafka_username, password, self.kafka_mechanism
        )

    @property
    def port(self) -> int:
        """The port to listen on: the one given, else the service's own."""
        return self.http_port or self.default_port

    @property
    def database_name(self) -> str:
        """The MongoDB database: the one given, else `trama_<service>`."""
        return self.database or f"trama_{self.service}"


S = TypeVar("S", bound=BaseSettings)


def load(kind: type[S]) -> S:
    """The settings from the environment; raises `SettingsError` that names every variable at fault."""
    try:
        return kind()
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(e["loc"], e["type"], e["msg"]) for e in error.errors())) from None


def _explain(loc: tuple[int | str, ...], rule: str, message: str) -> str:
    if not loc:  # about several variables together: the text names them
        return message.removeprefix("Value error, ")
    name = PREFIX + "_".join(str(part) for part in loc).upper()
    if rule == "missing":
        return f"{name} is not set: set it in the environment"
    return f"{name}: {message.removeprefix('Value error, ')}"
