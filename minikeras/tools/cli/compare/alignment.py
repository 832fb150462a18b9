"""Aligns the events, numbers and variables of two runs.

Both runs execute the same script, so events correspond by their order: the third `evaluate` of a model with some name
is the third on the other side; a step is identified by its optimizer and iteration. Variables have paths such as
"sequential/dense/kernel", the same on both sides; where the paths differ, order and shape decide.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from minikeras.tools.cli.compare import deviation
from minikeras.tools.cli.compare.observer.hand_made import HAND_MADE

# A loss that has fallen to 1e-6 differs in all digits by rounding alone: below this share of the series' largest value,
# differences are measured relative to that share.
FLOOR = 1e-2


@dataclass
class Series:
    """One named number over the course of both runs.

    Attributes:
        name: such as "loss" or "val_accuracy".
        kind: "step", "epoch", "evaluate", "test_on_batch", "metric", "function", …
        group: which one of several: "optimizer 2", the name of the model; "" if there is only one.
        keys: of the event that each value belongs to, see `numbered`.
        orders: the position of each in the events of the first run.
        values: (of the first run, of the second) for each key.
        comparable: for each key, whether both values are over the same batches: see `had_step_without_data`.
    """

    name: str
    kind: str
    group: str = ""
    keys: list = field(default_factory=list)
    orders: list = field(default_factory=list)
    values: list = field(default_factory=list)
    comparable: list = field(default_factory=list)

    @property
    def positions(self):
        """The event that each value belongs to, for people: "step 3", "epoch 1 of fit 2"."""
        return [place_of(key) for key in self.keys]

    @property
    def deviations(self):
        """The relative deviation for each key."""
        finite = [abs(v) for pair in self.values for v in pair if abs(v) < float("inf")]
        scale = FLOOR * max(finite, default=0.0)
        return [deviation.of_numbers(a, b, scale) for a, b in self.values]

    @property
    def is_loss(self):
        """Whether it is a loss, a smooth function of the weights; other metrics often count samples."""
        return self.name.endswith("loss")


def numbered(events):
    """[(key, position, event)] with keys that are the same on both sides."""
    counts = Counter()
    for position, event in enumerate(events):
        kind = event["kind"]
        if kind == "step":
            key = (kind, event["optimizer"], event["iteration"])
        elif kind == "epoch":
            key = (kind, event["fit"], event["epoch"])
        else:
            group = (kind, event.get("model"), tuple(event.get("numbers", ())) if kind == "metric" else None)
            key = (*group, counts[group])
            counts[group] += 1
        yield key, position, event


def had_step_without_data(*events):
    """Whether one side's epoch ended with a step that had no data (see `Steps` of the observer).

    With a fixed batch size it counts in the mean of the loss, as a batch of loss 0.
    """
    return any(event.get("steps_without_data") for event in events)


def place_of(key):
    """The text of a key, for people."""
    kind = key[0]
    if kind == "step":
        return f"step {key[2]} {optimizer_of(key)}".rstrip()
    if kind == "epoch":
        return f"epoch {key[2] + 1}" + (f" of fit {key[1] + 1}" if key[1] else "")
    return f"{kind} {key[-1] + 1}" + (f" of {key[1]}" if key[1] else "")


def optimizer_of(key):
    """The optimizer that made a step, for display: "" for the first, usually the only one."""
    if key[1] == HAND_MADE:
        return "by hand"
    return f"of optimizer {key[1] + 1}" if key[1] else ""


def paired_events(first, second):
    """[(key, position in the first run, event, event)] of common events, and [(key, backend)] of the others."""
    there = {key: event for key, _, event in numbered(second.events)}
    paired, alone = [], []
    seen = set()
    for key, position, event in numbered(first.events):
        seen.add(key)
        if key in there:
            paired.append((key, position, event, there[key]))
        else:
            alone.append((key, first.backend))
    alone += [(key, second.backend) for key in there if key not in seen]
    unequal = {key[:2] for key, _ in alone if key[0] == "call"}
    paired = [row for row in paired if row[0][:2] not in unequal]
    return paired, [(key, backend) for key, backend in alone if not _may_be_hidden(key, first, second)]


def _may_be_hidden(key, first, second):
    """Whether an event may be invisible on one side, and so need not be missing there.

    A call of a model is invisible in a graph that minikeras does not have, such as that of `Dataset.map`. If a
    `tf.function` makes several steps, only the last one shows: the iterations of the others are skipped.
    """
    if key[0] == "call":
        return True
    if key[0] != "step" or key[1] == HAND_MADE:
        return False
    last = [max((i for o, i in run.steps if o == key[1]), default=0) for run in (first, second)]
    return key[2] < min(last)


def series_of(paired):
    """All `Series` in the paired events."""
    found = defaultdict(lambda: None)
    for key, position, one, other in paired:
        field_name = "logs" if key[0] == "step" else "numbers"
        for name, value in one.get(field_name, {}).items():
            if name not in other.get(field_name, {}):
                continue
            group = optimizer_of(key) if key[0] == "step" else ""
            group = str(key[1]) if key[0] in ("evaluate", "test_on_batch", "function") else group
            series = found[key[0], group, name] or Series(name, key[0], group)
            found[key[0], group, name] = series
            series.keys.append(key)
            series.orders.append(position)
            series.values.append((value, other[field_name][name]))
            is_of_training = key[0] == "epoch" and not name.startswith("val_")
            series.comparable.append(not (is_of_training and had_step_without_data(one, other)))
    return list(found.values())


def paired_variables(first, second):
    """[(number in the first run, number in the second)] of the variables of both runs."""
    paths = [[about["path"] for about in run.variables] for run in (first, second)]
    unique = [{path for path, count in Counter(names).items() if count == 1} for names in paths]
    place = {path: number for number, path in enumerate(paths[1])}
    pairs = [(n, place[path]) for n, path in enumerate(paths[0]) if path in unique[0] & unique[1]]
    left = [[n for n in range(len(names)) if n not in {pair[i] for pair in pairs}] for i, names in enumerate(paths)]
    for one, other in zip(*left, strict=False):
        if first.variables[one]["shape"] == second.variables[other]["shape"]:
            pairs.append((one, other))
    return sorted(pairs)


def digests(run, number):
    """{(optimizer, iteration): digest of the variable after that step}."""
    steps, rows = run.array(f"digest steps/{number}"), run.array(f"digest/{number}")
    if steps is None:
        return {}
    events = [run.events[position] for position in steps]
    return {(e["optimizer"], e["iteration"]): row for e, row in zip(events, rows, strict=True)}
