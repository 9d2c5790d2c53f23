"""What the services share: contracts, the event store, the relay, consuming, HTTP. It knows no service."""

import os

# Every change stream that is followed holds one of Motor's threads. By default there are five a processor: the streams
# of a service's logs alone would leave its requests waiting for one another. Read when Motor is imported, so set here.
os.environ.setdefault("MOTOR_MAX_WORKERS", "64")
