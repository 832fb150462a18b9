"""`CompileMetrics`: the metrics passed to `compile`, for all outputs of a model."""

from typing import NamedTuple

from minikeras import tree
from minikeras.metrics import Metric
from minikeras.metrics.identifiers import get as get_metric
from minikeras.metrics.resolve import resolve_metric
from minikeras.trainers.outputs import (
    MISSING,
    OutputPosition,
    check_parts,
    get_by_path,
    labels_of,
    part_for,
    positions_of,
)

CHOSEN_BY_SHAPES = ("accuracy", "acc", "crossentropy", "ce")


class _Entry(NamedTuple):
    """One metric of one output, and the name under which it is reported."""

    name: str
    place: OutputPosition
    metric: Metric
    weighted: bool


class CompileMetrics(Metric):
    """All metrics given to `compile`, updated and reported together.

    Args:
        metrics: names, functions, objects; a list for one output, a list of lists or a dict for several.
        weighted_metrics: the same, for metrics that get the sample weights.
        name: "compile_metrics".
        output_names: names of the model's outputs, for dict keys and result names.

    Raises:
        ValueError: an unknown name, or metrics that are not in a list, tuple or dict.
    """

    _is_composite = True

    def __init__(self, metrics, weighted_metrics, name="compile_metrics", output_names=None):
        super().__init__(name=name)
        self._user_metrics = metrics
        self._user_weighted_metrics = weighted_metrics
        self.output_names = output_names
        self.built = False
        self._entries = []
        self._positions = []
        for argument, given in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            if given is not None and not isinstance(given, (list, tuple, dict)):
                raise ValueError(
                    f"`{argument}` of `compile` takes a list, tuple or dict. Received: {argument}={given!r}. "
                    f"Put it into a list: {argument}=[{given!r}]"
                )
            for identifier in tree.flatten(given):
                chosen_later = isinstance(identifier, str) and identifier.lower() in CHOSEN_BY_SHAPES
                if identifier is not None and not chosen_later:
                    get_metric(identifier)  # a typo is reported at `compile`

    @property
    def metrics(self):
        """The metric objects, in order; none before the first batch."""
        return [entry.metric for entry in self._entries]

    @property
    def variables(self):
        """The Variables of all metrics."""
        unique = {id(metric): metric for metric in self.metrics}
        return [v for metric in unique.values() for v in metric.variables]

    def build(self, y_true, y_pred):
        """Resolve names such as "accuracy" by the shapes of labels and predictions, and name the results."""
        names = self.output_names
        if isinstance(y_pred, dict) and not any(tree.is_nested(part) for part in y_pred.values()):
            # a dict of outputs: its keys count, not the names of layers; an OrderedDict is not sorted
            names = [path[0] for path, _ in tree.flatten_with_path(y_pred)]
        self._positions, self._entries = positions_of(y_pred, names), []
        if len(self._positions) == 1:
            self._check_no_none()
        predictions = tree.flatten(y_pred)
        labels = labels_of(y_true, self._positions, [False] * len(predictions))
        for argument, weighted in (("metrics", False), ("weighted_metrics", True)):
            given = self._user_weighted_metrics if weighted else self._user_metrics
            if not given:
                continue
            check_parts(given if len(predictions) > 1 else None, self._positions, y_pred, argument)
            for place in self._positions:
                for identifier in _metrics_for(given, place):
                    metric = resolve_metric(identifier, labels[place.position], predictions[place.position])
                    self._entries.append(_Entry(self._result_name(metric, place, weighted), place, metric, weighted))
        self.built = True

    def _check_no_none(self):
        for argument, given in (("metrics", self._user_metrics), ("weighted_metrics", self._user_weighted_metrics)):
            if given and any(metric is None for metric in tree.flatten(given)):
                raise ValueError(f"The model has one output, so None is not a metric. Received: {argument}={given}")

    def _result_name(self, metric, place, weighted):
        """The metric's name after the output's; if that is taken, "weighted_…", or with a number at the end."""
        prefix = f"{place.name}_" if place.name and place.count > 1 else ""
        taken = {entry.name for entry in self._entries}
        name = f"{prefix}{metric.name}"
        if weighted and name in taken:
            name = f"{prefix}weighted_{metric.name}"
        return name if name not in taken else next(n for i in range(1, 10**6) if (n := f"{name}_{i}") not in taken)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add one batch to every metric. The metrics apply masks on the predictions themselves."""
        if not self.built:
            self.build(y_true, y_pred)
        labels = labels_of(y_true, self._positions, [False] * len(self._positions))
        for _, place, metric, weighted in self._entries:
            label, prediction = labels[place.position], get_by_path(y_pred, place.path) if place.path else y_pred
            weights = _weights_for(sample_weight, place) if weighted and sample_weight is not None else None
            weights = {} if weights is None else {"sample_weight": weights}
            metric.update_state(label, prediction, **weights)

    def reset_state(self):
        """Reset every metric."""
        for entry in self._entries:
            entry.metric.reset_state()

    def result(self):
        """{result name: value}."""
        return {entry.name: entry.metric.result() for entry in self._entries}

    def get_config(self):
        return {"metrics": self._user_metrics, "weighted_metrics": self._user_weighted_metrics}


def _metrics_for(given, place):
    """The metrics of one output, as a flat list."""
    found = given if place.count == 1 else part_for(given, place)
    return [] if found is MISSING else [metric for metric in tree.flatten(found) if metric is not None]


def _weights_for(sample_weight, place):
    """The sample weights of one output: its own, or the first if there are fewer than outputs."""
    if not tree.is_nested(sample_weight):
        return sample_weight
    found = part_for(sample_weight, place)
    return tree.flatten(sample_weight)[0] if found is MISSING else found
