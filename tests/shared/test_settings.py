"""Settings come from the environment, and what is wrong there is named."""

import pytest

from shared.settings import ServiceSettings, SettingsError, load


class Intake(ServiceSettings):
    service = "intake"
    default_port = 8101


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "MONGO_URL": "mongodb://u:hush@h/",
        "KAFKA_SERVERS": "k:9092",
        "OIDC_ISSUER": "https://i.example",
        "DATABASE": "",
        "HTTP_PORT": "",
    }.items():
        monkeypatch.setenv(f"TRAMA_{name}", value)


def test_defaults_are_the_services_own() -> None:
    settings = load(Intake)
    assert (settings.port, settings.database_name, settings.logs) == (8101, "trama_intake", 4)
    assert settings.mongo_url.get_secret_value() == "mongodb://u:hush@h/"
    assert "hush" not in repr(settings)


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRAMA_HTTP_PORT", "9000")
    monkeypatch.setenv("TRAMA_DATABASE", "other")
    monkeypatch.setenv("TRAMA_LOG_LEVEL", "debug")
    settings = load(Intake)
    assert (settings.port, settings.database_name, settings.log_level) == (9000, "other", "DEBUG")


def test_every_fault_is_named_without_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRAMA_KAFKA_SERVERS")
    monkeypatch.setenv("TRAMA_MONGO_URL", "postgres://u:hush@h")
    monkeypatch.setenv("TRAMA_LOGS", "0")
    with pytest.raises(SettingsError) as error:
        load(Intake)
    text = str(error.value)
    assert "hush" not in text
    for part in ("TRAMA_KAFKA_SERVERS is not set", "TRAMA_MONGO_URL: must start with", "TRAMA_LOGS: "):
        assert part in text
