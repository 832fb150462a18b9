"""The way from `fit` down to a kernel, as a debugger walks it, is the one that the README shows."""

import bdb
from pathlib import Path

import numpy as np
import pytest

import minikeras as keras
from minikeras import layers
from minikeras.base import extension_dtypes
from minikeras.trainers.trainer import Trainer

ROOT = Path(keras.__file__).parents[1]
KERNELS = ROOT / "minikeras" / "kernels"
README = ROOT / "README.md"
MAX_FRAMES = 8  # from `fit` to `Dense.call`, both counted


class WalkDown(bdb.Bdb):
    """Steps into every function until `Dense.call` has reached a kernel, and keeps the frames on the way there."""

    way = ()  # code objects from `fit` to the kernel

    def user_call(self, frame, arguments):
        called = [f.f_code for f, _ in self.get_stack(frame, None)[0]]
        inside = [code for code in called if code is layers.Dense.call.__code__]
        if inside and KERNELS in Path(called[-1].co_filename).parents:
            first = next(i for i, code in enumerate(called) if code in STARTS)
            self.way = called[first:]
            self.set_quit()


STARTS = {Trainer.fit.__code__, Trainer.evaluate.__code__, Trainer.predict.__code__, Trainer.train_on_batch.__code__}


def model_of(kind):
    hidden, head = layers.Dense(4, activation="relu"), layers.Dense(3)
    inputs = keras.Input((8,))
    if kind == "sequential":
        model = keras.Sequential([inputs, hidden, head])
    elif kind == "functional":
        model = keras.Model(inputs, head(hidden(inputs)))
    else:

        class Own(keras.Model):
            def call(self, x):
                return head(hidden(x))

        model = Own()
    model.compile("sgd", "mse")
    return model


def way_down(kind, method):
    """The code objects on the way from a method of a model down to the first kernel in `Dense.call`."""
    model = model_of(kind)
    walk = WalkDown()
    x = np.ones((4, 8), "float32")
    data = (x,) if method == "predict" else (x, np.ones((4, 3), "float32"))
    options = {} if method == "train_on_batch" else {"verbose": 0}
    walk.runcall(getattr(model, method), *data, **options)
    return walk.way


def as_text(way):
    """One line per frame: function and file."""
    width = max(len(code.co_qualname) for code in way)
    files = [Path(code.co_filename).relative_to(ROOT / "minikeras").as_posix() for code in way]
    return "\n".join(f"{code.co_qualname:{width}}  {file}" for code, file in zip(way, files, strict=True))


def frames_to_dense_call(way):
    return [code.co_qualname for code in way].index("Dense.call") + 1


def test_the_way_down_is_the_one_in_the_readme(monkeypatch):
    monkeypatch.setattr(extension_dtypes, "in_use", False)  # once there are bfloat16 tensors, there is a frame more
    way = way_down("sequential", "fit")
    text = as_text(way)
    print(text)
    names = [code.co_qualname for code in way]
    hops = [
        "Trainer.fit",
        "Trainer.train_step",
        "Layer.__call__",
        "Dense.call",
        "Op.__call__",
        "ProductEpilogue.forward",
    ]
    assert [name for name in dict.fromkeys(names) if name in hops] == hops
    assert text in README.read_text(encoding="utf-8"), (
        f"README.md, 'Read it', shows another way from `fit` to a kernel. It should be\n\n{text}"
    )


@pytest.mark.parametrize("kind", ["sequential", "functional", "subclassed"])
@pytest.mark.parametrize("method", ["fit", "evaluate", "predict", "train_on_batch"])
def test_no_frames_between_but_those_of_the_reader(kind, method):
    way = way_down(kind, method)
    assert not [code for code in way if "plans" in Path(code.co_filename).parts]
    assert frames_to_dense_call(way) <= MAX_FRAMES
