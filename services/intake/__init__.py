"""Intake: proposals from regional offices, validated, and the directory of people.

Reads: evaluation.scoring. Writes: intake.proposals.
"""
