"""What the services share: contracts, the event store, the relay, consuming, HTTP. It knows no service."""
