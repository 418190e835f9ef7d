"""pyarrow.compute, whose functions are made at run time, where no type checker sees them."""

from typing import Any

import pyarrow.compute

pc: Any = pyarrow.compute
