"""Gathers what a doctor judges. Everything here reads: nothing in AWS is ever changed."""

from runner.cli.examining.examine import Examined, Order, Tools, examine

__all__ = ["Examined", "Order", "Tools", "examine"]
