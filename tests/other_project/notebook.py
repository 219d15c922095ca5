"""A process that is not Django's and runs an event loop, as a notebook does: it loads a model and predicts."""

import asyncio

import pandas as pd

from catalog import load_model


async def main() -> None:
    model = load_model("iris")
    print(model.reference, len(model.predict(pd.read_csv("iris.csv"))))  # noqa: T201 - as a notebook's cell does


asyncio.run(main())
