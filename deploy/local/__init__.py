"""The local stack: real servers from packages, supervised, on one machine and without containers."""
