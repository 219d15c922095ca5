"""A decision tree fitted and scored on a CSV file, by a short script.

python -m benchmarks.programs.tree_by_hand DATA.csv TARGET
"""

import json
import sys

import pandas as pd
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier

path, target = sys.argv[1:]
table = pd.read_csv(path)
x_train, x_test, y_train, y_test = train_test_split(
    table.drop(columns=target), table[target], test_size=0.2, random_state=0, stratify=table[target]
)
tree = DecisionTreeClassifier(random_state=0).fit(x_train, y_train)
print(json.dumps({"accuracy": tree.score(x_test, y_test)}))
