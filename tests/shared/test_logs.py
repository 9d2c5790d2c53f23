"""Lines are structured, carry who and what for, and hold no secret."""

import gc
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from shared import logs

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    gc.collect()  # what earlier tests have left behind is told now, not in the lines that are counted here
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("intake", "DEBUG", "json", stream)
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_carries_its_context_and_only_inside_it(stream: io.StringIO) -> None:
    log = structlog.get_logger("t")
    with logs.bound("c-1", "00-trace", "someone"):
        log.info("inside", n=1)
    log.info("outside")
    inside, outside = lines(stream)
    assert inside | {"timestamp": 0} == {
        "event": "inside", "n": 1, "level": "info", "logger": "t", "service": "intake", "timestamp": 0,
        "correlation_id": "c-1", "traceparent": "00-trace", "actor": "someone",
    }  # fmt: skip
    assert "correlation_id" not in outside


def test_the_standard_library_takes_the_same_way(stream: io.StringIO) -> None:
    with logs.bound("c-2"):
        logging.getLogger("x.y").warning("hello %s", "there")
    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["correlation_id"]) == ("hello there", "x.y", "c-2")


@pytest.mark.parametrize("name", ["uvicorn.error", "uvicorn.access", "faststream", "aiokafka.conn", "httpx"])
def test_the_libraries_speak_from_warning_on(stream: io.StringIO, name: str) -> None:
    logging.getLogger(name).info("chatter")
    logging.getLogger(name).warning("trouble")
    assert [line["event"] for line in lines(stream)] == ["trouble"]


def test_what_kafkas_client_repeats_is_told_once_in_a_while(stream: io.StringIO) -> None:
    """Every ten seconds, with how often it came meanwhile; other lines, and those of others, all the same."""

    def say(name: str, at: float, text: str = "no connection to node %s") -> None:
        record = logging.LogRecord(name, logging.ERROR, "", 0, text, ("1",) if "%" in text else (), None)
        record.created = at
        logging.getLogger(name).handle(record)

    for tick in range(250):  # 25 seconds
        say("aiokafka", 1_000 + tick / 10)
    say("aiokafka", 1_025, "the session expired")
    say("aiokafka.conn", 1_025)
    for _ in range(2):
        say("shared.consume", 1_025, "batch_handed_back")
    assert [(line["logger"], line["event"]) for line in lines(stream)] == [
        ("aiokafka", "no connection to node 1"),
        ("aiokafka", "no connection to node 1 (and 99 times before)"),
        ("aiokafka", "no connection to node 1 (and 99 times before)"),
        ("aiokafka", "the session expired"),
        ("aiokafka.conn", "no connection to node 1"),
        ("shared.consume", "batch_handed_back"),
        ("shared.consume", "batch_handed_back"),
    ]


@pytest.mark.parametrize(
    "secret",
    [
        {"authorization": "s3cr3t-value"},
        {"Authorization": ["s3cr3t-value"]},
        {"headers": {"X-Api-Key": "s3cr3t-value"}},
        {"access_token": "s3cr3t-value"},
        {"person": [{"tax_id": "s3cr3t-value"}]},
        {"url": "mongodb://user:s3cr3t-value@db:27017/x?y"},
        {"url": "mongodb+srv://user:s3cr3t-value@with-at@db/x"},
        {"header": "Bearer s3cr3t-value"},
        {"value": SecretStr("s3cr3t-value")},
        {"thing": ValueError("can't reach mongodb://u:s3cr3t-value@db")},
    ],
)
def test_secrets_are_redacted(stream: io.StringIO, secret: dict[str, Any]) -> None:
    structlog.get_logger("t").info("x", **secret)
    assert "s3cr3t-value" not in stream.getvalue()
    assert "with-at" not in stream.getvalue()


def test_secrets_are_redacted_in_messages_and_tracebacks(stream: io.StringIO) -> None:
    try:
        raise RuntimeError(f"mongodb://u:hush@db refused {JWT}")
    except RuntimeError:
        logging.getLogger("t").exception("with mongodb://u:hush@db and %s", JWT)
    (line,) = lines(stream)
    assert "hush" not in stream.getvalue()
    assert JWT not in stream.getvalue()
    assert "RuntimeError" in line["exception"]


def test_what_no_encoder_takes_is_still_one_line(stream: io.StringIO) -> None:
    structlog.get_logger("t").info("odd", text="\ud800\n\0", raw=b"\xff", many=(1, {2}))
    (line,) = lines(stream)
    assert line["many"] == [1, [2]]
    assert stream.getvalue().isascii()


def test_the_console_form_redacts_too() -> None:
    stream = io.StringIO()
    logs.configure("intake", "INFO", "console", stream)
    structlog.get_logger("t").info("x", token="hush")
    assert "[redacted]" in stream.getvalue()
    assert "hush" not in stream.getvalue()
    logging.getLogger().handlers.clear()
    structlog.reset_defaults()
