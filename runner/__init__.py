"""Stepfleet: make for Step Functions."""

__version__ = "0.1.0"
