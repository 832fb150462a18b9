"""Finds the origin of a deviation: the step to examine, and the quantity in it that diverges first."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from minikeras.tools.cli.compare import deviation
from minikeras.tools.cli.compare.alignment import paired_variables
from minikeras.tools.cli.compare.observer.hand_made import HAND_MADE

SMALLEST_JUMP_FROM = 1e-7  # the rounding of float32: growth from below is measured from here
# Layer outputs and gradients of float32, summed in another order, deviate by 1e-7 to 1e-6 in the l2 norm, with Winograd
# convolutions by 3e-6; an error in a formula by more than this.
ROUNDING = 3e-5
GROWTH = 10  # factor by which a step may increase the initial deviation before a layer is named as the cause
# The gradient of a bias before a normalization is zero up to rounding, and so is that of the keys' bias in attention,
# which adds the same to all scores of a target and is cancelled by softmax. Adam divides it by its own size.
NOISE = 1e-5
NOT_SHOWN = {"weight before", "slot before", "slot"}  # the state before the step, and consequences of its gradients


@dataclass(frozen=True)
class Finding:
    """The first quantity in a step, or in one predict or evaluate, that differs.

    Attributes:
        what: "output", "state", "loss", "output gradient", "gradient", "weight after", …; see `observer/detail.py`.
        layer: path of the layer, or of the variable's layer; "" if none is concerned.
        class_name: of the layer or optimizer.
        variable: path of the variable, or "".
        deviation: relative.
        text: all of it in a sentence or two.
        settings: {name: (value of the first run, of the second)} where the configs of layer or optimizer differ.
    """

    what: str
    layer: str
    class_name: str
    variable: str
    deviation: float
    text: str
    settings: dict


def step_to_look_at(pairs, series, last, ignored=()):
    """(optimizer, iteration) of the step up to `last` in which the deviation of the weights or the loss jumps most.

    If two runs diverge slowly, they pass the tolerance long after the cause. A jump reveals it: from rounding, 1e-7, to
    1e-4 in one step is a cause; growth by half in every step is the usual effect of training on a small difference.
    """
    amounts = {}
    for pair in pairs:
        if pair.path not in ignored:
            for step, amount in pair.steps.items():
                amounts[step] = max(amount, amounts.get(step, 0.0))
    for one in series:
        if one.kind == "step" and one.is_loss:
            for (_, *step), amount in zip(one.keys, one.deviations, strict=True):
                step = tuple(step)
                amounts[step] = max(amount, amounts.get(step, 0.0))
    best, best_jump = None, 1.0
    before = {}
    for step in sorted(amounts, key=lambda step: (step[1], step[0])):
        if last is not None and step[0] == last[0] and step[1] > last[1]:
            continue
        ratio = amounts[step] / max(before.get(step[0], 0.0), SMALLEST_JUMP_FROM)
        if ratio > best_jump:
            best, best_jump = step, ratio
        before[step[0]] = amounts[step]
    return best


def pair_entries(first, second):
    """([(entry, entry, deviation)] of the details of two runs, in the first run's order, entries of one side only)."""
    there = keyed(second, first)
    found, missing = [], []
    for key, entry in keyed(first).items():
        other = there.pop(key, None)
        if other is None:
            missing.append((entry, first.backend))
        elif entry["shape"] != other["shape"]:
            found.append((entry, other, np.inf))
        elif entry["array"]:
            a, b = first.array(entry["array"]), second.array(other["array"])
            found.append((entry, other, deviation.of_arrays(a, b)))
    return found, missing + [(entry, second.backend) for entry in there.values()]


def keyed(run, first=None):
    """{key: entry} of a run's details: the key has the kind, the layer or variable, and the count among these.

    Args:
        run: a `Run` in detail.
        first: the run whose variables' numbers are in the keys; None for the run itself.
    """
    translate = None if first is None else {other: one for one, other in paired_variables(first, run)}
    counts, found = Counter(), {}
    for entry in run.facts.get("detail", []):
        owner = entry.get("variable")
        if owner is not None:
            owner = translate.get(owner, ("unpaired", owner)) if translate is not None else owner
        elif entry["what"] in ("slot before", "slot"):
            owner = entry["place"]
        base = (entry["what"], owner, entry.get("layer") if entry["what"] != "input" else None, entry.get("optimizer"))
        counts[base] += 1
        found[(*base, counts[base])] = entry
    return found


def noise_variables(first, second, entries):
    """Paths of variables whose gradients are rounding noise: tiny next to the others', and different on both sides."""
    gradients = [(a, b, amount) for a, b, amount in entries if a["what"] == "gradient"]
    norms = [max(_norm(first, a), _norm(second, b)) for a, b, _ in gradients]
    largest = max((norm for norm in norms if np.isfinite(norm)), default=0.0)
    return {
        first.variables[a["variable"]]["path"]
        for (a, _, amount), norm in zip(gradients, norms, strict=True)
        if norm <= NOISE * largest and amount > ROUNDING
    }


def noise_comes_in(first, entries, noise):
    """Whether variables whose gradients are noise differ already at the start of the step."""
    return any(
        a["what"] == "weight before" and amount > ROUNDING and first.variables[a["variable"]]["path"] in noise
        for a, _, amount in entries
    )


def states_that_part(first, entries):
    """Paths of variables that layers update themselves (a moving mean), where the updates differ."""
    return {
        first.variables[a["variable"]]["path"] for a, _, amount in entries if a["what"] == "state" and amount > ROUNDING
    }


def _norm(run, entry):
    return float(np.linalg.norm(run.array(entry["array"]).astype(np.float64)))


def details(first, entries, alone, recomputed=None):
    """The report's rows for the step: a dict per entry with what, name, shape, and deviation (None: on one side).

    Args:
        first, entries, alone: see `pair_entries`.
        recomputed: the step in float64 (`redoing.Recomputed`), whose deviations are added.
    """
    positions = {id(entry): place for place, entry in enumerate(first.facts.get("detail", []))}
    further = {} if recomputed is None else recomputed.rows
    rows = [(a, amount) for a, _, amount in entries] + [(entry, None) for entry, _ in alone]
    return [
        {
            "what": entry["what"],
            "name": name_of(first, entry),
            "shape": entry["shape"],
            "deviation": amount,
            **further.get(positions.get(id(entry)), {}),
        }
        for entry, amount in rows
        if entry["what"] not in NOT_SHOWN
    ]


def name_of(run, entry):
    """The layer of an entry, or the path of its variable."""
    number = entry.get("variable")
    if number is None:
        return entry.get("layer") or ""
    return run.variables[number]["path"] if number < len(run.variables) else ""


def find(first, second, entries, noise=(), known=None):
    """The first `Finding` among paired entries; None if the step's results agree as well as its initial state.

    Args:
        first, second: the runs in detail.
        entries: see `pair_entries`.
        noise: paths of variables to ignore.
        known: {path: deviation} of the variables after the previous step. A variable that deviates by more when the
            step begins has been changed in between.
    """
    known = known or {}

    def path_of(entry):
        return first.variables[entry["variable"]]["path"] if "variable" in entry else None

    relevant = [
        row for row in entries if row[0]["what"] not in ("slot before", "slot") and path_of(row[0]) not in noise
    ]
    found_before = max(
        (known.get(path_of(a), 0.0) for a, _, _ in relevant if a["what"] == "weight before"), default=0.0
    )
    last_gradient = None
    for a, b, amount in relevant:
        before = known.get(path_of(a), 0.0) if a["what"] == "weight before" else found_before
        if amount > max(ROUNDING, GROWTH * before):
            return _finding(first, second, a, b, amount, last_gradient)
        if a["what"] == "output gradient":
            last_gradient = a
    return None


def _finding(first, second, a, b, amount, last_gradient):
    variable = first.variables[a["variable"]] if "variable" in a else None
    path = variable["path"] if variable else ""
    layer = a.get("layer") or (variable and variable["layer"]) or ""
    class_name = a.get("class") or (variable and variable["class"]) or ""
    settings = {}
    if a["what"] == "output gradient" and last_gradient is not None:
        layer, class_name = last_gradient["layer"], last_gradient["class"]
        if a["layer"].startswith(f"{layer}/"):  # the model's own output is that of its last layer
            layer, class_name = a["layer"], a["class"]
    if a.get("optimizer", HAND_MADE) != HAND_MADE:
        configs = [run.optimizers[e["optimizer"]]["config"] for run, e in ((first, a), (second, b))]
        settings = differing(*configs)
    else:
        configs = [
            next((e["config"] for e in run.facts["detail"] if e.get("layer") == layer and "config" in e), {})
            for run in (first, second)
        ]
        settings = differing(*configs)
    text = _sentence(a, layer, class_name, path, amount, last_gradient)
    if amount == np.inf and a["shape"] != b["shape"]:
        text += f" The shapes are {tuple(a['shape'])} and {tuple(b['shape'])}."
    if settings:
        listed = ", ".join(
            f"{name} is {_setting(one)} and {_setting(other)}" for name, (one, other) in settings.items()
        )
        text += f" Its settings differ: {listed}."
    return Finding(a["what"], layer, class_name, path, amount, text, settings)


def differing(first, second):
    """{name: (value, value)} of the entries of two configs that are not equal."""
    return {
        name: (first[name], second[name])
        for name in first
        if name in second and name != "name" and _unequal(first[name], second[name])
    }


def _setting(value):
    return f"{value:.7g}" if isinstance(value, float) else repr(value)  # float32 has seven digits


def _unequal(a, b):
    if isinstance(a, float) and isinstance(b, (float, int)):
        return deviation.of_numbers(a, float(b)) > 1e-6  # the rounding of float32
    return a != b


def _sentence(entry, layer, class_name, path, amount, last_gradient):
    what = entry["what"]
    of_layer = f"layer {layer} ({class_name})" if layer else "no layer's"
    in_layer = f", in {of_layer}" if layer else ""
    maker = "script" if entry.get("optimizer") == HAND_MADE else f"optimizer ({class_name})"
    variable = path.rpartition("/")[2]
    by = f"(relative deviation {amount:.2g})"
    if what == "output gradient" and last_gradient is None:
        return (
            f"The forward pass agrees; the gradient {by} of the loss with respect to the output of {of_layer} differs."
        )
    if what == "output gradient":
        return (
            f"On its way back through {of_layer} the gradient starts to differ: it agrees at that layer's output, but "
            f"not at the output of {entry['layer']} before it {by}."
        )
    return {
        "weight before": f"At its beginning {path} has different values {by}: not a step, but something before it "
        f"has set that variable{in_layer}.",
        "input": f"The data differ: the model {layer} receives different inputs {by}.",
        "output": f"The forward pass differs at the output of {of_layer} {by}; what was computed before it agrees.",
        "state": f"The {of_layer} updates its {variable} differently {by}; its output agrees.",
        "target": f"The data differ: the loss receives different values of {layer} {by}.",
        "loss": f"All outputs of layers agree, but the loss computed from them differs {by}.",
        "gradient": f"All outputs and their gradients agree; the gradient of {path} differs {by}{in_layer}.",
        "weight after": f"All gradients agree, but the {maker} updates {path} differently {by}.",
    }[what]
