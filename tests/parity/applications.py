"""python -m tests.parity.applications [--fit] [NAME …]    # measures networks, all or those named

Renews the first table of docs/applications.md. Each row: small images, three classes, random weights that go from Keras
into a network here by a file that Keras wrote; then each side trains for two steps in its own process. With `--fit`
only the latter.
"""

import sys
import tempfile
import time
import warnings

import minikeras
from benchmarks.processes import outputs_of
from tests.parity.application_page import Table
from tests.parity.application_rows import (
    description,
    deviation,
    first_difference,
    image_size,
    images,
    made,
    randomize,
)

import keras  # isort: skip

NAMES = [name for name in minikeras.applications.__all__ if name[0].isupper()]
HEAD = [
    "| network | layers | parameters | equal | deviation | building | first predict | two steps of fit | peak memory |",
    "| --- | ---: | ---: | :---: | ---: | ---: | ---: | ---: | ---: |",
]
TABLE = Table("networks", "tests.parity.applications", HEAD, NAMES)
COLUMNS = 9
FIT = """
import time
keras.utils.set_random_seed(0)
x, y = np.ones((4, {size}, {size}, 3), "float32"), np.arange(4) % 3
start = time.perf_counter()
model = keras.applications.{name}(weights=None, input_shape=({size}, {size}, 3), classes=3)
model.compile("sgd", "sparse_categorical_crossentropy")
model.fit(x, y, batch_size=2, verbose=0)
print(time.perf_counter() - start)
print(int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) / 1024)
"""


def row(name):
    """The row of a network, without the cells of `fit`."""
    theirs, their_seconds = timed(lambda: made(keras, name, classifier_activation=None))
    ours, our_seconds = timed(lambda: made(minikeras, name, classifier_activation=None))
    difference = first_difference(description(ours), description(theirs))
    randomize(theirs)
    with tempfile.TemporaryDirectory() as folder:
        theirs.save(f"{folder}/theirs.h5")
        ours.load_weights(f"{folder}/theirs.h5")
    x = images(name)
    expected, their_first = timed(lambda: theirs.predict(x, verbose=0))
    result, our_first = timed(lambda: ours.predict(x, verbose=0))
    return (
        f"| {name} | {len(ours.layers)} | {ours.count_params():,} | {'yes' if difference is None else difference} | "
        f"{deviation(result, expected):.1e} | {their_seconds:.2f} / {our_seconds:.2f} | "
        f"{their_first:.2f} / {our_first:.2f} |"
    )


def of_fit(name):
    """Its cells of `fit`: seconds and MB, Keras's / ours."""
    script = FIT.format(name=name, size=image_size(name))
    outputs_of("minikeras", script)  # puts the kernels on disk
    our_seconds, our_memory = outputs_of("minikeras", script)
    seconds, memory = outputs_of("tensorflow", script)
    of_time = f"{seconds:.1f} / {our_seconds:.2f} = {seconds / our_seconds:.1f}"
    return f" {of_time} | {memory:.0f} / {our_memory:.0f} = {memory / our_memory:.1f} |"


def timed(function):
    """(what a function returns, the seconds that it takes)."""
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


def main(names):
    """Measure these networks, writing the page after each."""
    warnings.simplefilter("ignore")
    fit_alone, names = "--fit" in names, [name for name in names if name != "--fit"]
    for name in names or NAMES:
        first = "|".join(TABLE.rows()[name].split("|")[: COLUMNS - 1]) + "|" if fit_alone else row(name)
        line = first + of_fit(name)
        print(line, flush=True)
        TABLE.write({name: line})


if __name__ == "__main__":
    main(sys.argv[1:])
