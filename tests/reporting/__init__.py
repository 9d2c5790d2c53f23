"""Reporting: figures, reports of the past, rebuilds, streams and doors."""
