"""Counts of true and false positives and negatives, against NumPy's."""

import numpy as np
import pytest

from minikeras import metrics
from minikeras.kernels.confusion_jobs import count_confusion_job
from minikeras.kernels.job_lists import run
from minikeras.metrics.confusion_matrix import Thresholds, count_confusion

THRESHOLDS = {
    "one": [0.5],
    "unordered": [0.7, 0.2, 0.9, 0.2],
    "AUC's": metrics.AUC(num_thresholds=200).thresholds,
    "three": metrics.AUC(num_thresholds=3).thresholds,
    "evenly": [0.0, 0.25, 0.5, 0.75, 1.0],
}
# Sums of some hundred weights in float32, in another order.
CLOSE = 1e-6


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", THRESHOLDS)
def test_confusion_is_counted(name, weighted):
    rng = np.random.default_rng(0)
    thresholds = Thresholds(THRESHOLDS[name])
    labels, p = rng.integers(0, 2, (60, 3)).astype("float32"), rng.random((60, 3), np.float32)
    p[:6, 0] = 0, 1, 0.5, 0.25, np.nan, 2
    p[6] = np.float32(0.3), -1, np.float32(0.7)
    weights = rng.random(60, np.float32) if weighted else np.ones(60, np.float32)
    counts = np.full((4, len(thresholds.values)), 2, np.float32)
    run([count_confusion_job(labels.reshape(-1), p.reshape(-1), weights, thresholds, counts)])
    expected = count_confusion(labels, p, thresholds, weights)
    np.testing.assert_allclose(counts, 2 + np.array(expected), rtol=CLOSE if weighted else 0)
