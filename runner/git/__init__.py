"""Specs as they are at another commit of the repository: read from its objects, by the user's git.

Nothing is checked out, so nothing of a checkout runs: no filter, no hook, no helper. Trees and
blobs are read as they are; what a partial clone left out is not fetched on the way.
"""

from runner.git.repository import Repository, base_of, repository_of

__all__ = ["Repository", "base_of", "repository_of"]
