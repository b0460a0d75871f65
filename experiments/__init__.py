"""Measurements and claims; run from a checkout, imported by nothing."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""
