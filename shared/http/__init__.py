"""HTTP as every service speaks it: the application, its guards, strict JSON bodies, problem documents."""

from shared.http.app import create_app
from shared.http.body import json_body
from shared.http.guard import OPEN, allow, guarded_routes, idempotency_key, language, unguarded_routes
from shared.http.health import Check
from shared.http.problem import FieldError, Problem, ProblemDocument, not_found
from shared.http.wording import Language

__all__ = [
    "OPEN",
    "Check",
    "FieldError",
    "Language",
    "Problem",
    "ProblemDocument",
    "allow",
    "create_app",
    "guarded_routes",
    "idempotency_key",
    "json_body",
    "language",
    "not_found",
    "unguarded_routes",
]
