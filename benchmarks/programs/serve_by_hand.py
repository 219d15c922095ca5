"""What people write by hand: FastAPI, joblib and pandas. MODEL_FILE and CATEGORIES say what it loads.

MODEL_FILE=model.joblib CATEGORIES=carrier,origin uvicorn --workers 2 benchmarks.programs.serve_by_hand:app
"""

import os
from typing import Any

import joblib
import pandas as pd
from fastapi import FastAPI

model = joblib.load(os.environ["MODEL_FILE"])
categories = os.environ["CATEGORIES"].split(",")
app = FastAPI()


@app.post("/predict")
def predict(row: dict[str, Any]) -> dict[str, Any]:
    frame = pd.DataFrame([row])
    frame = frame.astype({name: "category" if name in categories else float for name in frame.columns})
    return {"predictions": model.predict(frame).tolist()}
