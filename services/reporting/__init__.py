"""Reporting: projections per country and per cluster, streamed to headquarters.

Reads: intake.proposals, evaluation.scoring, monitoring.projects. Writes: reporting.countries, reporting.clusters.
"""
