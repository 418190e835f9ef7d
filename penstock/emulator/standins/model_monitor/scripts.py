"""The customer's own code: a script before the analysis of each record, and one after the analysis."""

import importlib.util
import inspect
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from penstock.emulator.standins.errors import InputError
from penstock.emulator.standins.model_monitor.records import Record

PREPROCESSOR = "record_preprocessor_script"
POSTPROCESSOR = "post_analytics_processor_script"


class Preprocessor:
    """`preprocess_handler` of a script: a record or line in, records out."""

    def __init__(self, path: str) -> None:
        """Raises InputError."""
        self._name = Path(path).name
        handler = _handler(path, PREPROCESSOR, "preprocess_handler")
        logger = logging.getLogger("preprocessor")
        wants_logger = len(inspect.signature(handler).parameters) > 1
        self._call: Callable[[Any], Any] = (
            (lambda record: handler(record, logger)) if wants_logger else handler
        )

    def records(self, place: str, record: Any) -> Iterator[tuple[str, Record]]:
        """A dict is one record, a list as many as it has; nothing drops the record. Raises InputError."""
        try:
            answer = self._call(record)
        except Exception as error:
            raise InputError(
                f"{PREPROCESSOR} {self._name} failed on {place}: {type(error).__name__}: {error}"
            ) from error
        for each in [answer] if isinstance(answer, dict) else answer or []:
            if not isinstance(each, dict):
                raise InputError(
                    f"{PREPROCESSOR} {self._name} gave {type(each).__name__} for {place}; "
                    "preprocess_handler must return a dict, a list of dicts, or [] to drop the record"
                )
            yield place, {str(name): value for name, value in each.items()}


def postprocess(path: str) -> None:
    """Run `postprocess_handler` of a script. Raises InputError."""
    handler = _handler(path, POSTPROCESSOR, "postprocess_handler")
    try:
        handler()
    except Exception as error:
        raise InputError(
            f"{POSTPROCESSOR} {Path(path).name} failed: {type(error).__name__}: {error}"
        ) from error


def _handler(path: str, role: str, name: str) -> Callable[..., Any]:
    file = Path(path)
    if not file.is_file():
        raise InputError(f"{role} {path} is not there; check the S3 URI of the script")
    handler = getattr(_load(file, role), name, None)
    if not callable(handler):
        raise InputError(f"{role} {file.name} has no function {name}")
    found: Callable[..., Any] = handler
    return found


def _load(file: Path, role: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(role, file)
    if specification is None or specification.loader is None:
        raise InputError(f"{role} {file.name} is no Python file; its name must end with .py")
    module = importlib.util.module_from_spec(specification)
    try:
        specification.loader.exec_module(module)
    except Exception as error:
        raise InputError(f"{role} {file.name} cannot be loaded: {type(error).__name__}: {error}") from error
    return module
