#!/usr/bin/env bash
# An MLflow model refuses the very frame that its signature was inferred from, if a column is a category.
#
# infer_signature(X, y) is the documented way to a signature, so one would bet that the model takes X. mlflow-skinny
# 3.17.2 writes a pandas category down as "string" and then refuses it for being one; the same rows as texts pass.
# Amounts without cents (int64 where floats were learned) pass if all of them are 0 or 1 and are refused if one is 2;
# as int32 they pass, and as JSON too.
# So what worked in the notebook fails in service, and batches fail by the values in them. Cast frames to the
# signature before predicting.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    mlflow-skinny==3.17.2 skops==0.16.0 scikit-learn==1.9.1 pandas==3.1.1 numpy==2.4.6

cat > expected <<'SEEN'
the training frame        ...Incompatible input types for column plan. Can not safely convert category to <U0.
plan as text              2 predictions
amounts 0 and 1 as int64  2 predictions
amounts 1 and 2 as int64  ...Incompatible input types for column amount. Can not safely convert int64 to float64.
amounts 1 and 2 as int32  2 predictions
amounts 1 and 2 as JSON   2 predictions
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import logging

import mlflow
import mlflow.pyfunc.scoring_server
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from sklearn.compose import make_column_transformer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

logging.disable(logging.CRITICAL)
X = pd.DataFrame({"plan": pd.Categorical(["basic", "full"] * 20), "amount": np.arange(40) + 0.5})
encode = make_column_transformer((OneHotEncoder(), ["plan"]), remainder="passthrough")
pipeline = make_pipeline(encode, Ridge()).fit(X, X["amount"])
mlflow.sklearn.save_model(pipeline, "model", signature=infer_signature(X, X["amount"]))
model = mlflow.pyfunc.load_model("model")


def ask(name, frame):
    try:
        print(f"{name:25} {len(model.predict(frame))} predictions")
    except mlflow.exceptions.MlflowException as error:
        print(f"{name:25} ...{str(error).partition('Error: ')[2][:112]}")


rows = X[:2]
ask("the training frame", rows)
ask("plan as text", rows.astype({"plan": "str"}))
rows = rows.astype({"plan": "str"})
ask("amounts 0 and 1 as int64", rows.assign(amount=[0, 1]))
ask("amounts 1 and 2 as int64", rows.assign(amount=[1, 2]))
ask("amounts 1 and 2 as int32", rows.assign(amount=[1, 2]).astype({"amount": "int32"}))
parsed = {"dataframe_records": [{"plan": "basic", "amount": 1}, {"plan": "full", "amount": 2}]}
schema = model.metadata.get_input_schema()
ask("amounts 1 and 2 as JSON", mlflow.pyfunc.scoring_server.infer_and_parse_data(parsed, schema))
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
