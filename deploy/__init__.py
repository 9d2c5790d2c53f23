"""Ways to run Trama: on one machine without containers, in containers, in a cluster."""
