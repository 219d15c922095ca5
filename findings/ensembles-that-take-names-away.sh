#!/usr/bin/env bash
# Around a pipeline that picks columns by name, some of scikit-learn's meta-estimators hand it an array.
#
# A pipeline with ColumnTransformer fits and predicts on its own. One would bet that every estimator that wraps
# another passes on what it was given. In scikit-learn 1.9.1 Stacking, Voting, Calibrated, TunedThreshold, OneVsRest,
# MultiOutput and searches do. Bagging, SelfTraining and ClassifierChain convert the frame to an array first: names
# are gone ("only supported for dataframes") or texts are refused ("could not convert").
# So such a wrapper belongs inside the pipeline, behind the ColumnTransformer, and not around it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check scikit-learn==1.9.1 pandas==3.1.1 numpy==2.4.6

cat > expected <<'SEEN'
StackingClassifier          fits, score 1.0
VotingClassifier            fits, score 1.0
CalibratedClassifierCV      fits, score 1.0
TunedThresholdClassifierCV  fits, score 1.0
GridSearchCV                fits, score 1.0
OneVsRestClassifier         fits, score 1.0
MultiOutputClassifier       fits, score 1.0
BaggingClassifier           Specifying the columns using strings is only supported for dataframes.
SelfTrainingClassifier      could not convert string to float: 'Bonn'
ClassifierChain             could not convert string to float: 'Bonn'
SEEN

PYTHONWARNINGS=ignore venv/bin/python - > seen <<'PYTHON'
import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.semi_supervised import SelfTrainingClassifier

X = pd.DataFrame({"city": ["Bonn", "Kiel"] * 30, "age": np.arange(60.0)})
y = np.array([0, 1] * 30)
encode = ColumnTransformer([("city", OneHotEncoder(handle_unknown="ignore"), ["city"])], remainder="passthrough")
pipeline = make_pipeline(encode, LogisticRegression(max_iter=1000))
for model, target in (
    (StackingClassifier([("one", pipeline)]), y),
    (VotingClassifier([("one", pipeline)]), y),
    (CalibratedClassifierCV(pipeline), y),
    (TunedThresholdClassifierCV(pipeline), y),
    (GridSearchCV(pipeline, {}), y),
    (OneVsRestClassifier(pipeline), y),
    (MultiOutputClassifier(pipeline), np.c_[y, y]),
    (BaggingClassifier(pipeline, n_estimators=2), y),
    (SelfTrainingClassifier(pipeline), y),
    (ClassifierChain(pipeline), np.c_[y, y]),
):
    try:
        print(f"{type(model).__name__:27} fits, score {model.fit(X, target).score(X, target)}")
    except ValueError as error:
        print(f"{type(model).__name__:27} {error}")
PYTHON

cat seen
diff expected seen || { echo "Changed: '<' is what is described above, '>' what these versions do now." >&2; exit 1; }
