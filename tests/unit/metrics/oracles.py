"""What each metric is: a function of all labels, predictions and sample weights, float64 arrays, that gives the result.

Counting is done one by one, in loops. ε = 1e-7, where written, is part of the value.
"""

from itertools import pairwise

import numpy as np

from tests.unit.losses import oracles as losses

EPSILON = 1e-7


def weighted_mean(values, w):
    """Of one value per sample."""
    return np.sum(values * w) / np.sum(w)


def mean_of(function, sign=1):
    """The metric that is the mean of a loss."""
    return lambda t, p, w, **arguments: weighted_mean(sign * function(t, p, **arguments), w)


def root_mean_squared_error(t, p, w):
    return np.sqrt(weighted_mean(losses.mean_squared_error(t, p), w))


def correlations(t, p):
    """(covariance, variance of t, variance of p, difference of the means) of every row."""
    rows = []
    for a, b in zip(t, p, strict=True):
        rows.append((np.mean((a - a.mean()) * (b - b.mean())), np.var(a), np.var(b), a.mean() - b.mean()))
    return np.array(rows).T


def pearson_correlation(t, p, w):
    covariance, t_variance, p_variance, _ = correlations(t, p)
    return weighted_mean(covariance / np.sqrt(t_variance * p_variance), w)


def concordance_correlation(t, p, w):
    covariance, t_variance, p_variance, distance = correlations(t, p)
    return weighted_mean(2 * covariance / (t_variance + p_variance + distance**2 + EPSILON), w)


def r2_score(t, p, w, class_aggregation="uniform_average", num_regressors=0):
    w = w[:, None]
    mean = np.sum(t * w, axis=0) / np.sum(w)
    total = np.sum(w * (t - mean) ** 2, axis=0)
    scores = 1 - np.sum(w * (t - p) ** 2, axis=0) / total
    if class_aggregation is None:
        return scores
    score = scores.mean() if class_aggregation == "uniform_average" else np.sum(scores * total) / np.sum(total)
    samples = t.size  # Keras counts the labels of all outputs
    return 1 - (1 - score) * (samples - 1) / (samples - num_regressors - 1) if num_regressors else score


# --- accuracies -------------------------------------------------------------------------------------------------------


def accuracy(t, p, w):
    return weighted_mean(t == p, w)


def binary_accuracy(t, p, w, threshold=0.5):
    return weighted_mean(np.mean((p > threshold) == (t == 1), axis=-1), w)


def categorical_accuracy(t, p, w):
    return weighted_mean([list(a).index(a.max()) == list(b).index(b.max()) for a, b in zip(t, p, strict=True)], w)


def sparse_categorical_accuracy(t, p, w):
    return weighted_mean([number == list(row).index(row.max()) for number, row in zip(t, p, strict=True)], w)


def sparse_top_k_categorical_accuracy(t, p, w, k=5):
    return weighted_mean([sum(p_other > row[int(n)] for p_other in row) < k for n, row in zip(t, p, strict=True)], w)


def top_k_categorical_accuracy(t, p, w, k=5):
    return sparse_top_k_categorical_accuracy(t.argmax(axis=-1), p, w, k)


# --- counts at thresholds ---------------------------------------------------------------------------------------------


def confusion(t, p, w, threshold, class_id=None):
    """(true positives, false positives, true negatives, false negatives) of predictions above a threshold."""
    counts = {(True, True): 0.0, (False, True): 0.0, (False, False): 0.0, (True, False): 0.0}
    for sample, label in np.ndindex(t.shape):
        if class_id in (None, label):
            counts[bool(t[sample, label] == 1), bool(p[sample, label] > threshold)] += w[sample]
    return tuple(counts.values())


def at_thresholds(function):
    """A metric of the counts, at 0.5 or at a list of thresholds."""

    def result(t, p, w, thresholds=0.5, class_id=None):
        if isinstance(thresholds, list):
            return np.array([function(*confusion(t, p, w, threshold, class_id)) for threshold in thresholds])
        return np.array(function(*confusion(t, p, w, thresholds, class_id)))

    return result


def ratio(part, rest):
    """part / (part + rest), 0 of nothing."""
    return part / (part + rest) if part + rest else 0.0


def precision(tp, fp, tn, fn):
    return ratio(tp, fp)


def recall(tp, fp, tn, fn):
    return ratio(tp, fn)


def specificity(tp, fp, tn, fn):
    return ratio(tn, fp)


def best(wanted, limited):
    """The largest `wanted` rate where the `limited` one is high enough, over evenly spaced thresholds."""

    def result(t, p, w, limit, num_thresholds=200):
        found = [confusion(t, p, w, number / (num_thresholds - 1)) for number in range(num_thresholds)]
        return max((wanted(*counts) for counts in found if limited(*counts) >= limit), default=0.0)

    return result


def of_top_k(function):
    """A metric of the counts where the k highest predictions of a sample are positive."""

    def result(t, p, w, top_k):
        positive = np.array([[sum(other > x for other in row) < top_k for x in row] for row in p], float)
        return function(*confusion(t, positive, w, 0.5))

    return result


def area(t, p, w, curve="ROC", summation_method="interpolation", num_thresholds=200):
    """The area under the curve, from the lowest threshold to the highest."""
    inner = [number / (num_thresholds - 1) for number in range(1, num_thresholds - 1)]
    found = [confusion(t, p, w, threshold) for threshold in [-EPSILON, *inner, 1 + EPSILON]]
    if curve == "PR" and summation_method == "interpolation":
        return sum(_davis_goadrich(a, b) for a, b in pairwise(found))
    points = [(1 - specificity(*c), recall(*c)) if curve == "ROC" else (recall(*c), precision(*c)) for c in found]
    height = {"interpolation": lambda a, b: (a + b) / 2, "minoring": min, "majoring": max}[summation_method]
    return sum((x0 - x1) * height(y0, y1) for (x0, y0), (x1, y1) in pairwise(points))


def _davis_goadrich(here, there):
    """The area between two points of a precision–recall curve, on which tp grows linearly with fp between them."""
    (tp, fp, _, fn), (tp_next, fp_next, _, _) = here, there
    positives, positives_next = tp + fp, tp_next + fp_next
    if positives == positives_next:
        return 0.0
    slope = (tp - tp_next) / (positives - positives_next)
    intercept = tp_next - slope * positives_next
    logarithm = np.log(positives / positives_next) if positives_next else 0.0
    return slope * (tp - tp_next + intercept * logarithm) / (tp + fn)


def area_by_label(t, p, w, multi_label):
    """The mean of the labels' areas."""
    return np.mean([area(t[:, [label]], p[:, [label]], w) for label in range(t.shape[1])])


# --- classes ----------------------------------------------------------------------------------------------------------


def f_score(t, p, w, beta=1.0, average=None, threshold=None):
    classes = t.shape[1]
    positive = np.eye(classes)[p.argmax(axis=1)] if threshold is None else (p > threshold).astype(float)
    counts = np.array([confusion(t, positive, w, 0.5, class_id) for class_id in range(classes)])
    if average == "micro":
        counts = counts.sum(axis=0, keepdims=True)

    def score(tp, fp, tn, fn):
        b, together = beta**2, precision(tp, fp, tn, fn) * recall(tp, fp, tn, fn)
        below = b * precision(tp, fp, tn, fn) + recall(tp, fp, tn, fn)
        return (1 + b) * together / below if below else 0.0

    scores = np.array([score(*row) for row in counts])
    if average is None:
        return scores
    if average == "weighted":
        return weighted_mean(scores, counts[:, 0] + counts[:, 3])
    return scores.mean()


def intersection_over_union(t, p, w, classes):
    """The mean over the classes that occur; t and p are class indices."""
    shares = []
    for number in classes:
        both = np.sum(w[(t == number) & (p == number)])
        either = np.sum(w[(t == number) | (p == number)])
        shares += [both / either] if either else []
    return np.mean(shares)
