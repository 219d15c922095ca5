"""The modules whose classes and functions an estimator's file refers to."""

import pickle
from typing import Any


def find_modules(estimator: Any) -> set[str]:
    """The full names of the modules that a pickle of the estimator would name. Raises what pickling it raises."""
    pickler = _ModulePickler()
    pickler.dump(estimator)
    return pickler.modules


class _ModulePickler(pickle.Pickler):
    """Writes nothing, and remembers the module of each object's class, and of each class and function."""

    def __init__(self) -> None:
        super().__init__(_Nowhere(), protocol=5, buffer_callback=lambda buffer: None)
        self.modules: set[str] = set()

    def persistent_id(self, value: Any) -> None:
        """Called for each object: None has it pickled as usual."""
        module = getattr(value, "__module__", None) if callable(value) else None
        self.modules |= {name for name in (module, type(value).__module__) if isinstance(name, str)}


class _Nowhere:
    def write(self, content: bytes) -> int:
        return len(content)
