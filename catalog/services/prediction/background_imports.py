"""Importing heavy libraries while something else is waited for."""

import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def import_in_background(*modules: str) -> Iterator[None]:
    """Import them in a thread, while the block waits for the network or the disk: scikit-learn alone takes a second.

    The thread ends before the block does: no library may be half imported while the interpreter ends. What is wrong
    with a module is heard by whoever imports it after the block.
    """

    def load() -> None:
        for module in modules:
            with suppress(Exception):  # the import statement that needs it raises it again
                importlib.import_module(module)

    thread = threading.Thread(target=load, name="imports", daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()
