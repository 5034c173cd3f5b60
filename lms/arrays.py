"""The names of array types, for readers and for mypy: at run time they stand for nothing, so that naming them loads nothing.

Web processes load numpy at its first use (docs/decisions/0005-light-web-processes.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]
else:
    NDArray = FloatArray = IntArray = BoolArray = Any
