"""Queues as many trainings and predictions as asked for: `queue_jobs.py TRAININGS PREDICTIONS`."""

import sys

import django

django.setup()  # before which no model can be imported

from catalog.services.jobs.starting import start_prediction, start_training  # noqa: E402
from catalog.services.prediction.prediction_request import PredictionRequest  # noqa: E402
from catalog.services.training.request import TrainingRequest  # noqa: E402

FEATURES = ("mean area", "mean radius")

trainings, predictions = map(int, sys.argv[1:])
for state in range(trainings):
    request = TrainingRequest(
        "tumour", "cancer", "diagnosis", estimator="decision_tree", features=FEATURES, random_state=state
    )
    start_training(request=request, actor="ada")
for _ in range(predictions):
    start_prediction(request=PredictionRequest("tumour:1", "dataset:cancer"), actor="ada")
