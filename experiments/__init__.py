"""Measurements and claims; run from a checkout, imported by nothing."""
