"""Reading from a definition which input its executions want, and which output they leave.

Step Functions declares neither. What is proposed follows the data from the first state on, as
https://states-language.net tells its flow; it is a proposal, for a person to read.
"""

from runner.inference.inferring import infer
from runner.inference.types import Inferred, InferredInput, InferredOutput

__all__ = ["Inferred", "InferredInput", "InferredOutput", "infer"]
