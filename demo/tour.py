"""A tour of the catalog: add a dataset, train two versions, compare, promote the better one, predict.

Each step is a command that anyone can type, printed before it runs. A second tour finds the versions of the first.
"""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "demo"
MODEL, DATASET = "tumour", "breast-cancer"
ESTIMATORS = ("logistic_regression", "hist_gradient_boosting")
SHOWN_PREDICTIONS = 5
KEPT_HERE = """
Its data and models lie on this machine, in var/objects. A bucket that you name in .env later does not have them, and
the records would tell of both. Either bring them there, once it is named:
  .venv/bin/python manage.py move_objects var/objects --yes
or begin without them, on an empty database: rm -r var/catalog.sqlite3 var/objects"""


def manage(*words: str, quiet: bool = False) -> str:
    """Run `manage.py` with the words, show it unless `quiet`, and return what it printed. Ends the tour on an error."""
    if not quiet:
        print(f"\n$ .venv/bin/python manage.py {shlex.join(words)}", flush=True)
    done = subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if not quiet:
        print(done.stdout, end="", flush=True)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout


def write_data() -> tuple[Path, Path]:
    """scikit-learn's breast cancer data as CSV with its column names; the second file is without the diagnosis."""
    from sklearn.datasets import load_breast_cancer

    FOLDER.mkdir(parents=True, exist_ok=True)
    data = load_breast_cancer(as_frame=True)
    table = data.data.assign(diagnosis=data.target.map(dict(enumerate(data.target_names))))
    table.insert(0, "sample", [f"s{number:04d}" for number in range(len(table))])
    labelled, unlabelled = FOLDER / "breast_cancer.csv", FOLDER / "new_samples.csv"
    table.to_csv(labelled, index=False)
    table.drop(columns="diagnosis").to_csv(unlabelled, index=False)
    return labelled, unlabelled


def ready_versions() -> list[dict[str, Any]]:
    versions = json.loads(manage("versions", "--json", quiet=True))["versions"]
    own = (version for version in versions if version["reference"].startswith(f"{MODEL}:"))
    return [version for version in own if version["status"] == "READY"]


def main() -> None:
    labelled, unlabelled = write_data()
    manage("migrate", "--verbosity", "0", "--skip-checks")
    manage("add_dataset", DATASET, str(labelled), "--description", "569 tumours, benign or malignant")
    trained = {version["estimator"] for version in ready_versions()}
    for estimator in ESTIMATORS:
        if estimator in trained:
            print(f"\n{MODEL} has a version by {estimator} from an earlier tour.")
            continue
        manage("train_model", MODEL, "--dataset", DATASET, "--target", "diagnosis", "--estimator", estimator)
    manage("versions", MODEL)
    best = max(ready_versions(), key=lambda version: version["metrics"]["balanced_accuracy"])
    manage("promote", best["reference"], "--reason", "the better balanced accuracy on held-out rows")
    output = FOLDER / "predictions.csv"
    manage("predict", MODEL, "-i", str(unlabelled), "-o", str(output), "--id-column", "sample", "--proba")
    print(f"\nThe first predictions, in {output.relative_to(ROOT)}:")
    for line in output.read_text().splitlines()[: SHOWN_PREDICTIONS + 1]:
        print(f"  {line}")
    print("\nLook at it in the admin: make serve")
    place = json.loads(manage("show", best["reference"], "--json", quiet=True))["uri"]
    if not place.startswith("s3://"):
        print(KEPT_HERE)


if __name__ == "__main__":
    main()
