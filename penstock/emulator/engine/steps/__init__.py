"""The step types that the engine runs: one small module each, one entry in the table.

To add one: write a module here with a class that has what `interface.StepType` asks for (`Instant` has
the parts that a step without a running job does not need), and enter it in `_STEP_TYPES` under its Type
of the definition grammar. Its keys and its operation stand in `grammar.py` already, and what its cache
compares in `penstock/cache_keys.py`. A `handle` must be JSON that finds the work again; `observe` and
`stop` must never wait: whatever happens to the work in the meantime must change a document in the store,
which is what wakes the engine.
"""

from penstock.emulator.engine.steps.callback import Callback
from penstock.emulator.engine.steps.check import CLARIFY_CHECK, QUALITY_CHECK
from penstock.emulator.engine.steps.condition import Condition
from penstock.emulator.engine.steps.emr import Emr
from penstock.emulator.engine.steps.endpoint import Endpoint, EndpointConfig
from penstock.emulator.engine.steps.fail import Fail
from penstock.emulator.engine.steps.interface import StepType
from penstock.emulator.engine.steps.job import AUTOML, PROCESSING, TRANSFORM
from penstock.emulator.engine.steps.lambda_function import Lambda
from penstock.emulator.engine.steps.model import Model, RegisterModel
from penstock.emulator.engine.steps.unsupported import Unsupported

_STEP_TYPES: dict[str, StepType] = {
    "Processing": PROCESSING,
    "AutoML": AUTOML,
    "Transform": TRANSFORM,
    "Model": Model(),
    "RegisterModel": RegisterModel(),
    "EndpointConfig": EndpointConfig(),
    "Endpoint": Endpoint(),
    "QualityCheck": QUALITY_CHECK,
    "ClarifyCheck": CLARIFY_CHECK,
    "Lambda": Lambda(),
    "Callback": Callback(),
    "EMR": Emr(),
    "Condition": Condition(),
    "Fail": Fail(),
}


def step_type(name: str) -> StepType:
    """The step type of that name; for one that the engine does not run, one that fails with a message."""
    return _STEP_TYPES.get(name) or Unsupported(name, tuple(_STEP_TYPES))
