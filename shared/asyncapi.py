"""The AsyncAPI 3.0 document of each service, made from the contracts and the declared topics.

Made here and not by FastStream: docs/decisions/0003 says why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.contracts import headers
from shared.contracts.schema import DIALECT
from shared.contracts.topics import CHANNELS, READS, contract_types, types_on, writes
from shared.topics import DEAD_LETTERS, Topic, declared
from shared.version import VERSION

Json = dict[str, Any]
SchemaUrl = Callable[[str], str]
BINDING = "0.5.0"
_ABOUT = {
    "intake": "Proposals from regional offices, validated.",
    "evaluation": "Classifies proposals, screens them, and records the decisions of people.",
    "monitoring": "What approved projects do: activities, milestones, results, counterpart funds.",
    "reporting": "Figures per country and per cluster, streamed to headquarters.",
}
_KEYS = {"record": "the stream's id", "state": "the row's key"}
_KINDS = {
    "record": "Kept for ever, never compacted. Partition = log; order is that of the log. A record may come twice, "
    "never out of order and never with a gap: skip what is not above the position that you have.",
    "state": "Compacted: the latest row of each key, written in transactions (isolation.level=read_committed). A row "
    "with a lower `sequence` than one already seen is old; a record without a value (tombstone): the key is gone.",
}


def asyncapi_document(service: str, schema_url: SchemaUrl = lambda name: f"schemas/{name}.json") -> Json:
    """The document of `service`; raises `KeyError` if there is none of this name.

    `schema_url` gives where the schema of an event is found, relative to the document; by default as it is served.
    """
    topics = [*writes(service), *READS[service]]
    operations = {f"send-{t}": _send(t) for t in writes(service)}
    operations |= {f"receive-{t}": _receive(t) for t in READS[service]}
    operations[f"send-{DEAD_LETTERS}"] = _dead()
    return {
        "asyncapi": "3.0.0",
        "id": f"urn:trama:{service}",
        "info": _info(service),
        "defaultContentType": headers.MEDIA_TYPE,
        "servers": {"kafka": _server()},
        "channels": {t: _channel(t) for t in topics} | {DEAD_LETTERS: _dead_channel()},
        "operations": operations,
        "components": _components(topics, schema_url),
    }


def _info(service: str) -> Json:
    return {
        "title": f"Trama {service}",
        "version": VERSION,
        "description": _ABOUT[service],
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
    }


def _server() -> Json:
    return {
        "host": "{servers}",
        "protocol": "kafka",
        "description": "The Kafka cluster that the installation names in TRAMA_KAFKA_SERVERS.",
        "variables": {"servers": {"default": "localhost:9092", "description": "Bootstrap servers, host:port."}},
        "bindings": {"kafka": {"bindingVersion": BINDING}},
    }


def _channel(topic: str) -> Json:
    channel = CHANNELS[topic]
    return {
        "address": topic,
        "summary": channel.summary,
        "description": _KINDS[channel.kind],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in types_on(topic)},
        "bindings": _bindings(topic),
    }


def _bindings(topic: str) -> Json:
    found: Topic = declared()[topic]
    # where it says `logs`, the number is the installation's, and fixed when the service first starts
    partitions = {} if found.partitions == "logs" else {"partitions": found.partitions}
    configuration = {"cleanup.policy": [found.cleanup], "retention.ms": -1, "retention.bytes": -1}
    return {"kafka": {**partitions, "topicConfiguration": configuration, "bindingVersion": BINDING}}


def _send(topic: str) -> Json:
    return _operation("send", topic, list(types_on(topic)), f"Emits {CHANNELS[topic].summary[0].lower()}"
                      f"{CHANNELS[topic].summary[1:]}")  # fmt: skip


def _receive(topic: str) -> Json:
    group = {"type": "string", "description": "The service's database and the subscription's name, joined by a dot."}
    text = "Reads the whole topic; types that it has no use for, known or not, are passed over."
    bindings = {"kafka": {"groupId": group, "bindingVersion": BINDING}}
    return {**_operation("receive", topic, list(types_on(topic)), text), "bindings": bindings}


def _operation(action: str, topic: str, messages: list[str], summary: str) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{topic}/messages/{name}"} for name in messages],
    }


def _dead() -> Json:
    return _operation("send", DEAD_LETTERS, ["dead-letter"], "Puts a copy of an event there that failed by itself.")


def _dead_channel() -> Json:
    return {
        "address": DEAD_LETTERS,
        "summary": "Copies of events that a consumer could not take, for whoever watches over the system.",
        "description": "The event itself is parked with its stream at the consumer, and handled there.",
        "messages": {"dead-letter": {"$ref": "#/components/messages/dead-letter"}},
        "bindings": _bindings(DEAD_LETTERS),
    }


def _components(topics: list[str], schema_url: SchemaUrl) -> Json:
    messages = {name: _message(topic, name, schema_url) for topic in topics for name in types_on(topic)}
    kinds = {CHANNELS[topic].kind for topic in topics}
    heads = {"record": headers.RECORD, "state": headers.STATE}
    return {
        "messages": messages | {"dead-letter": _dead_letter()},
        "schemas": {f"{kind}-headers": headers.json_schema(heads[kind]) for kind in sorted(kinds)},
        "correlationIds": {"request": {"location": "$message.payload#/correlationid"}},
    }


def _message(topic: str, name: str, schema_url: SchemaUrl) -> Json:
    kind = CHANNELS[topic].kind
    key = {"type": "string", "description": f"UTF-8: {_KEYS[kind]}, as in the event's `subject`."}
    return {
        "name": name,
        "title": contract_types()[name].__name__,
        "summary": " ".join((contract_types()[name].__doc__ or "").split()),
        "contentType": headers.MEDIA_TYPE,
        "headers": {"$ref": f"#/components/schemas/{kind}-headers"},
        "correlationId": {"$ref": "#/components/correlationIds/request"},
        "payload": {"schemaFormat": _FORMAT, "schema": {"$ref": schema_url(name)}},
        "bindings": {"kafka": {"key": key, "bindingVersion": BINDING}},
    }


_FORMAT = f"application/schema+json;version={DIALECT.partition('org/draft/')[2].partition('/')[0]}"


def _dead_letter() -> Json:
    return {
        "name": "dead-letter",
        "title": "A copy of what could not be taken",
        "contentType": "application/octet-stream",
        "headers": headers.json_schema(headers.DEAD_LETTER),
        "payload": {"description": "The record's value byte for byte as it came; what no relay wrote may be cut."},
        "bindings": {"kafka": {"key": {"type": "string", "description": "As it came."}, "bindingVersion": BINDING}},
    }
