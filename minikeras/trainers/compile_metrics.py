"""`CompileMetrics`: the metrics of all outputs of a model, as `compile` was given them."""

from minikeras import tree
from minikeras.metrics import Metric
from minikeras.metrics.identifiers import get as get_metric
from minikeras.metrics.resolve import resolve_metric
from minikeras.suggestions import did_you_mean
from minikeras.trainers.compile_loss import _at, _target, _weight_at

RESOLVED_BY_SHAPE = ("accuracy", "acc", "crossentropy", "ce")


class CompileMetrics(Metric):
    """All metrics given to `compile`, updated and reported together.

    Args:
        metrics: names, functions, objects; a list for one output, a list of lists or a dict for several.
        weighted_metrics: the same, for metrics that get the sample weights.
        name: "compile_metrics".
        output_names: names of the model's outputs, for dict keys and result names.
    """

    def __init__(self, metrics, weighted_metrics, name="compile_metrics", output_names=None):
        super().__init__(name=name)
        self._user_metrics = metrics
        self._user_weighted_metrics = weighted_metrics
        self.output_names = output_names
        self.built = False
        self._entries = []  # (result name, path to the output, metric, takes sample weights)
        for identifier in _leaves(metrics) + _leaves(weighted_metrics):
            if not (isinstance(identifier, str) and identifier.lower() in RESOLVED_BY_SHAPE):
                get_metric(identifier)  # a typo is told at `compile`

    @property
    def metrics(self):
        """The metric objects, in order."""
        return list({id(entry[3]): entry[3] for entry in self._entries}.values())

    @property
    def variables(self):
        """The Variables of all metrics."""
        return [v for metric in self.metrics for v in metric.variables]

    def build(self, y_true, y_pred):
        """Resolve names such as "accuracy" by the shapes of labels and predictions."""
        for given, weighted in ((self._user_metrics, False), (self._user_weighted_metrics, True)):
            if given is not None:
                self._entries += self._resolve(given, weighted, y_true, y_pred)
        self.built = True

    def _resolve(self, given, weighted, y_true, y_pred):
        nested = tree.is_nested(y_pred)
        outputs = tree.flatten_with_path(y_pred) if nested else [((), y_pred)]
        names = self.output_names if self.output_names and len(self.output_names) == len(outputs) else None
        names = names or ["_".join(map(str, path)) for path, _ in outputs]
        self._check_keys(given, names, outputs, nested)
        entries = []
        for i, (path, prediction) in enumerate(outputs):
            for identifier in _for_output(given, path, names[i], i, len(outputs)):
                if identifier is None:
                    continue
                target = _target(y_true, path, names[i], len(outputs))
                metric = resolve_metric(identifier, target, prediction)
                prefix = f"{names[i]}_" if len(outputs) > 1 else ""
                label = f"{prefix}{metric.name}"
                if weighted and any(label == entry[0] for entry in self._entries):
                    label = f"{prefix}weighted_{metric.name}"
                entries.append((label, path, names[i], metric, weighted))
        return entries

    def _check_keys(self, given, names, outputs, nested):
        if isinstance(given, dict):
            known = set(names) | {path[-1] for path, _ in outputs if path}
            unknown = [key for key in given if key not in known]
            if unknown and nested:
                raise ValueError(
                    f"`metrics` has keys that are no outputs of the model: {unknown}.{did_you_mean(unknown[0], names)} "
                    f"The outputs are: {names}"
                )

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Add one batch to every metric."""
        if not self.built:
            self.build(y_true, y_pred)
        count = len(tree.flatten(y_pred))
        for _, path, name, metric, weighted in self._entries:
            target, prediction = _target(y_true, path, name, count), _at(y_pred, path)
            mask = getattr(prediction, "_keras_mask", None)
            weight = _weight_at(sample_weight, path, name) if weighted else None
            if mask is not None:
                weight = mask if weight is None else weight * mask
            metric.update_state(
                target, prediction, sample_weight=weight
            ) if weight is not None else metric.update_state(target, prediction)

    def reset_state(self):
        """Forget everything that was added."""
        for metric in self.metrics:
            metric.reset_state()

    def result(self):
        """{result name: value}."""
        results = {}
        for name, _, _, metric, _ in self._entries:
            value = metric.result()
            if isinstance(value, dict):
                results.update(value)
            else:
                while name in results:  # two metrics of one name: the second gets a number
                    name = _next_name(name)
                results[name] = value
        return results

    def get_config(self):
        return {"metrics": self._user_metrics, "weighted_metrics": self._user_weighted_metrics}


def _leaves(metrics):
    return [] if metrics is None else [m for m in tree.flatten(metrics) if m is not None]


def _next_name(name):
    stem, _, number = name.rpartition("_")
    return f"{stem}_{int(number) + 1}" if number.isdigit() and stem else f"{name}_1"


def _for_output(given, path, name, position, count):
    """The metrics for one output, as a list."""
    if isinstance(given, dict):
        found = given.get(name, given.get(path[-1]) if path else None)
        found = next(iter(given.values())) if found is None and not path and len(given) == 1 else found
    elif count > 1 and isinstance(given, (list, tuple)):
        if len(given) != count:
            raise ValueError(
                f"For a model with {count} outputs, `metrics` must be a list of as many lists, or a dict by output name. "
                f"Received: {len(given)} entries"
            )
        found = given[position]
    else:
        found = given
    if isinstance(found, (list, tuple)):
        return tree.flatten(list(found))
    return [found]
