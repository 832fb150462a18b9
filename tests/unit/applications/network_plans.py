"""python -m tests.unit.applications.network_plans [NAME …]    # what runs compiled in networks, and their memory

Renews the table of plans in docs/applications.md, for the smallest member of each family.
"""

import gc
import sys
import warnings

import numpy as np

import minikeras as keras
from minikeras.base.quantities import readable_size
from minikeras.plans.plan import Plan
from tests.oracles import by_numpy
from tests.parity.application_page import Table
from tests.parity.application_rows import SMALLEST, made

HEAD = [
    "| network | training: instructions | not compiled | prediction | not compiled | arena | widest cut |",
    "| --- | ---: | --- | ---: | --- | ---: | ---: |",
]
TABLE = Table("plans", "tests.unit.applications.network_plans", HEAD, SMALLEST)
SIZE = 96
STEPS = 3  # two are traced, the third makes the plan


def plans_of(name, arguments):
    """(the model, {kind of step: its plan}, {kind: titles of what is not compiled}) after training and prediction."""
    model = made(keras, name, **{**arguments, "include_top": True, "input_shape": (SIZE, SIZE, 3)})
    x = np.random.default_rng(0).uniform(size=(2, SIZE, SIZE, 3)).astype("float32")
    plans, titles = {}, {}
    model.compile("sgd", "sparse_categorical_crossentropy")
    for kind in ("train", "predict"):
        for _ in range(STEPS):
            if kind == "train":
                model.train_on_batch(x, np.arange(len(x)))
            else:
                model.predict(x[:1], verbose=0)
        entries = model._planner.entries
        plans |= {key.kind: entry for key, entry in entries.items() if isinstance(entry, Plan)}
        titles[kind] = by_numpy(model) - titles.get("train", set())
    return model, plans, titles


def widest_cut(model):
    """The most bytes of layers' outputs, for one image, that are needed at once: each layer's, with what it reads."""
    produced, last = {}, {}
    for number, layer in enumerate(model.layers):
        for x in keras.tree.flatten(layer.input):
            last[id(x)] = number
        produced[id(layer.output)] = number, 4 * int(np.prod(layer.output.shape[1:]))
    widths = [
        sum(size for place, (first, size) in produced.items() if first <= number <= last.get(place, number))
        for number in range(len(model.layers))
    ]
    return max(widths)


def row(name, arguments):
    """The row of a network."""
    model, plans, titles = plans_of(name, arguments)
    cells = []
    for kind in ("train", "predict"):
        cells += [str(len(plans[kind].instructions)), ", ".join(sorted(titles[kind])) or "none"]
    cells += [readable_size(plans["predict"].arena.nbytes), readable_size(widest_cut(model))]
    return f"| {name} | {' | '.join(cells)} |"


def main(names):
    """Plan these networks, and write the page after each."""
    warnings.simplefilter("ignore")
    for name in names or SMALLEST:
        line = row(name, SMALLEST[name])
        print(line, flush=True)
        TABLE.write({name: line})
        gc.collect()


if __name__ == "__main__":
    main(sys.argv[1:])
