"""Monitoring: what approved projects do: activities, milestones, results, counterpart funds.

Reads: evaluation.scoring. Writes: monitoring.projects.
"""
