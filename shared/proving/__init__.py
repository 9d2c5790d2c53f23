"""Read models proved: each document compared with what the record, folded anew, says that it is.

A service's own events are folded from its store; another service's, of which it holds no store, from their topic, read
from the first record with every event proved by the chain. Both are compared as of the subscription's position, within
one snapshot of the database: so a proof holds while the system moves, and whoever is behind is proved as far as it is.
"""

from shared.proving.compare import Model, Told, of_projections
from shared.proving.store import prove_from_store
from shared.proving.topic import prove_from_topic

__all__ = ["Model", "Told", "of_projections", "prove_from_store", "prove_from_topic"]
