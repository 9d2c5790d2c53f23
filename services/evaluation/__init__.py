"""Evaluation: classifies proposals, screens them, and records the decisions of people.

Reads: intake.proposals. Writes: evaluation.scoring.
"""
