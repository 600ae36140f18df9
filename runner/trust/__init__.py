"""What of a pull request's specs is trusted before its merge, and what of its plan is shown. Pure.

`trusted` takes what decides about trust from the base branch. `concealed` tells which values
the base branch calls sensitive, or has never shown, and `conceal` takes them out of a plan.
"""

from runner.trust.concealing import conceal
from runner.trust.secrets import Concealed, concealed
from runner.trust.settings import Trusted, trusted

__all__ = ["Concealed", "Trusted", "conceal", "concealed", "trusted"]
