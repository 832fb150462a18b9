"""python -m tests.parity.application_files [NAME …]    # files of one network per family, written and read by both

Renews the table of files in docs/applications.md. For the smallest member of each family: random weights, a file of
each kind from each side, read by the other. A `.keras` file makes the model; a file of weights goes into a network
whose weights are zeros; `.h5` by the order of the layers, and by their names.
"""

import gc
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

import minikeras
from tests.parity.application_page import Table
from tests.parity.application_rows import SMALLEST, deviation, images, made, randomize

import keras  # isort: skip

KINDS = {  # the file's ending, and how it is loaded
    ".keras": (".keras", None),
    ".weights.h5": (".weights.h5", {}),
    ".h5 by order": (".h5", {}),
    ".h5 by name": (".h5", {"by_name": True}),
}
HEAD = [
    "| network | " + " | ".join(f"{kind}, {way}" for kind in KINDS for way in ("to Keras", "from Keras")) + " |",
    "| --- |" + " ---: |" * 2 * len(KINDS),
]
TABLE = Table("files", "tests.parity.application_files", HEAD, SMALLEST)


def row(name, arguments):
    """The row of a network: the deviation of the logits of two images after each way."""
    arguments = {**arguments, "classifier_activation": None}
    cells = []
    with tempfile.TemporaryDirectory() as folder:
        files = {writer: _written(writer, name, arguments, Path(folder)) for writer in (minikeras, keras)}
        networks = {reader: made(reader, name, **arguments) for reader in files}
        for kind in KINDS:
            for writer, reader in ((minikeras, keras), (keras, minikeras)):
                stem, expected = files[writer]
                cells.append(f"{deviation(_read(reader, networks[reader], stem, kind, name), expected):.0e}")
    return f"| {name} | {' | '.join(cells)} |"


def _written(side, name, arguments, folder):
    """(the files' path without the ending, the logits of the network that is in them)."""
    model = made(side, name, **arguments)
    randomize(model)
    stem = folder / side.__name__.rpartition(".")[2]
    model.save(f"{stem}.keras")
    model.save(f"{stem}.h5")
    model.save_weights(f"{stem}.weights.h5")
    return stem, _logits(model, name)


def _read(side, network, stem, kind, name):
    """The logits of what a side reads: a model of its own, or this network with the weights of the file."""
    ending, how = KINDS[kind]
    if how is None:
        return _logits(side.models.load_model(f"{stem}{ending}"), name)
    network.set_weights([np.zeros_like(value) for value in network.get_weights()])
    network.load_weights(f"{stem}{ending}", **how)
    return _logits(network, name)


def _logits(model, name):
    return np.asarray(model(images(name), training=False))


def main(names):
    """Write and read files of these families, and the page after each."""
    warnings.simplefilter("ignore")
    for name in names or SMALLEST:
        line = row(name, SMALLEST[name])
        print(line, flush=True)
        TABLE.write({name: line})
        keras.utils.clear_session()
        gc.collect()


if __name__ == "__main__":
    main(sys.argv[1:])
