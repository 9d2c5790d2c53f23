"""Measures of the process, in Prometheus form. Other modules define their own beside what they measure.

Labels have few values: a route's template, never a path; a status, never a message.
"""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram, generate_latest

HTTP_REQUESTS = Counter("trama_http_requests", "HTTP requests answered", ["method", "route", "status"])
HTTP_SECONDS = Histogram(
    "trama_http_request_seconds",
    "Seconds from the request's head to the end of the answer",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
HTTP_RUNNING = Gauge("trama_http_requests_running", "HTTP requests being answered now")
BUILD = Gauge("trama_build_info", "1, labelled with the service and its version", ["service", "version"])

CONTENT_TYPE = CONTENT_TYPE_LATEST


def render() -> bytes:
    """All measures of this process as text."""
    return generate_latest(REGISTRY)
