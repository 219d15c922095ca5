"""The options of train_model that a valid form asks for."""

import csv
import io

from catalog.admin.jobs.training_form import TrainForm, given_lines

# Called as their field, and left out where that is empty.
TEXTS = (
    "dataset", "target", "task", "estimator", "features", "drop", "text", "split", "metric", "sample_weight",
    "class_weight", "search", "compare_with", "notes",
)  # fmt: skip
NUMBERS = ("test_size", "cv", "search_iterations", "epochs", "random_state")


def training_arguments(form: TrainForm, space_file: str) -> list[str]:
    """The search space will lie in that file."""
    data = form.cleaned_data
    arguments = [f"{_option(name)}={data[name]}" for name in TEXTS if data.get(name)]
    arguments += [f"{_option(name)}={data[name]}" for name in NUMBERS]
    arguments += [f"--param={line}" for line in given_lines(data["params"])]
    arguments += [f"--features={_quoted(name)}" for name in form.chosen_features]
    arguments += ["--incremental"] if data["incremental"] else []
    return [*arguments, *([f"--search-space={space_file}"] if data["search_space"] else [])]


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _quoted(name: str) -> str:
    """As one name in a list with commas."""
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([name])
    return text.getvalue()
