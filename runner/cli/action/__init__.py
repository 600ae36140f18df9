"""The GitHub Action: `run` does what a workflow asked for, and `finish` tells how it went.

Started as `python -I -m runner.cli.action run` by the steps of action.yml.
"""
