"""What a list without rows says: what comes into it, and how."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NextStep:
    """A sentence and a command; for those who have the `permission`, also the page that does it, by its URL's name."""

    sentence: str
    command: str = ""
    label: str = ""
    url_name: str = ""
    permission: str = ""


_UPLOAD = ("Upload a dataset", "admin:catalog_dataset_upload", "catalog.add_datasetversion")
_TRAIN = ("Train a model", "admin:catalog_job_train", "catalog.add_job")
_ADD_DATASET = "python manage.py add_dataset churn customers.csv"
_TRAIN_MODEL = "python manage.py train_model churn --dataset churn --target left"

# By the name of the model whose rows the list shows.
NEXT_STEPS = {
    "dataset": NextStep("There is no dataset yet. Add one from a file, a bucket or a query:", _ADD_DATASET, *_UPLOAD),
    "datasetversion": NextStep("No dataset has a version yet. Adding a file makes the first:", _ADD_DATASET, *_UPLOAD),
    "registeredmodel": NextStep("There is no model yet. Train one on a dataset:", _TRAIN_MODEL, *_TRAIN),
    "modelversion": NextStep("No model has a version yet. Each training makes one:", _TRAIN_MODEL, *_TRAIN),
    "alias": NextStep(
        "No version holds an alias yet. Promote one on its page, or:", "python manage.py promote churn:1"
    ),
    "auditevent": NextStep("Nothing has happened yet. Whatever people or commands change is told here."),
    "prediction": NextStep(
        "Nothing was predicted yet. Each prediction leaves a receipt here:",
        "python manage.py predict churn --input new.csv --output scored.csv",
        "Predict",
        "admin:catalog_job_predict",
        "catalog.add_job",
    ),
    "job": NextStep(
        "No job was started yet. What is started on these pages is one, and so is a command in the background:",
        f"{_TRAIN_MODEL} --background",
        *_TRAIN,
    ),
    "servingtoken": NextStep(
        "There is no token yet. Who asks the server for predictions needs one:",
        "python manage.py create_token shop --model churn",
        "Create a token",
        "admin:catalog_servingtoken_create",
        "catalog.add_servingtoken",
    ),
}
