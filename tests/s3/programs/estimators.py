"""Estimators that do what a worker has to survive. They look for files in the folder that the worker runs in."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.tree import DecisionTreeClassifier


class Waiting(DecisionTreeClassifier):
    """Says that its fit has begun, and waits in it until it may go on."""

    def fit(self, *examples: Any, **options: Any) -> "Waiting":
        Path(f"begun-{os.getpid()}").touch()
        while not Path("go").exists():
            time.sleep(0.02)
        return super().fit(*examples, **options)


class Aborting(DecisionTreeClassifier):
    """Ends its process as native code does that finds itself broken."""

    def fit(self, *examples: Any, **options: Any) -> "Aborting":
        os.abort()


class Hungry(DecisionTreeClassifier):
    """Takes eight gigabytes."""

    def fit(self, *examples: Any, **options: Any) -> "Hungry":
        self.eaten_ = np.ones(1024**3)
        return super().fit(*examples, **options)


class Forking(DecisionTreeClassifier):
    """Starts a process that would outlive it, and waits with it for ever if `waits`."""

    def __init__(self, *, waits: bool = False) -> None:
        super().__init__()
        self.waits = waits

    def fit(self, *examples: Any, **options: Any) -> "Forking":
        if (child := os.fork()) == 0:
            time.sleep(3600)
            os._exit(0)
        Path(f"forked-{child}").touch()
        while self.waits:
            np.ones((200, 200)) @ np.ones((200, 200))
        return super().fit(*examples, **options)


class Printing(DecisionTreeClassifier):
    """Tells of itself on standard output."""

    def fit(self, *examples: Any, **options: Any) -> "Printing":
        print("growing a tree")  # noqa: T201 - as estimators do
        return super().fit(*examples, **options)
