"""Run an unmodified Keras script on minikeras, and report mistakes in how it trains its models, if there are any.

Each model is examined with the diagnoses of `Model.diagnose`: at its first `fit` (before the first step and after the
last), at its first `train_on_batch`, and in a loop with a GradientTape at its first and twentieth update. Everything
after the script's name belongs to the script.
"""

import argparse
import inspect
import sys
from weakref import WeakSet

import numpy as np

from minikeras import compat, tree
from minikeras.autodiff.observers import Observer, observing
from minikeras.data import unpack_x_y_sample_weight
from minikeras.data.arrays import as_arrays
from minikeras.data.batches import is_iterable_of_batches
from minikeras.models import Model
from minikeras.tools.cli import main_module
from minikeras.tools.cli.main_module import CannotRunError
from minikeras.tools.diagnosis.evidence import SAMPLES, Evidence
from minikeras.tools.diagnosis.examination import DIAGNOSES, examine
from minikeras.tools.diagnosis.loop_evidence import NOT_OF_LOOPS, LoopWatcher, harmless
from minikeras.tools.diagnosis.source_lines import calling_lines, line_text

USAGE = "python -m minikeras doctor script.py [arguments]"
AFTER = ("loss_not_finite", "dead_relus", "constant_predictions", "vanishing_gradients", "exploding_gradients")
"""Diagnoses that are made after the training, too."""


def add_arguments(parser):
    """The arguments of `python -m minikeras doctor`."""
    parser.usage = USAGE
    parser.add_argument("script", help="a Python file")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed to the script in sys.argv")


def run(arguments):
    """Run the script, then print what was found on the standard error stream. Returns the script's exit status."""
    compat.install()
    doctor = Doctor()
    doctor.begin()
    try:
        return main_module.run_file(arguments.script, arguments.arguments)
    except CannotRunError as error:
        print(f"python -m minikeras doctor: {error}", file=sys.stderr)
        return error.status
    finally:
        doctor.end()
        for line in doctor.report():
            print(line, file=sys.stderr)


class Doctor:
    """Examines the models of a running program.

    Attributes:
        found: {(line of the user's program, sentence): `Diagnosis`} in the order in which they were found.
    """

    def __init__(self):
        self.found = {}
        self._seen = WeakSet()
        self._originals = {}
        self._loops = LoopWatcher(self._examine_loop)

    def begin(self):
        """From now on `fit` and `train_on_batch` of all models are watched, and loops of this thread."""
        self._loops.begin()
        for name, method in (("fit", self._fit), ("train_on_batch", self._train_on_batch)):
            self._originals[name] = original = getattr(Model, name)
            setattr(Model, name, _watched(original, method, self._loops))

    def end(self):
        """Undo it."""
        self._loops.finish()
        for name in self._originals:
            delattr(Model, name)

    def report(self):
        """A line for each diagnosis, with the line of the program that trains the model."""
        return [f"doctor: {line}\n  {diagnosis}" for (line, _), diagnosis in self.found.items()]

    def _fit(self, original, model, args, kwargs):
        if model in self._seen or not model.compiled:
            return original(model, *args, **kwargs)
        self._seen.add(model)
        line, given = _line(), _arguments(original, model, args, kwargs)
        evidence = _evidence_of_arrays(model, given)
        if evidence is not None:
            self._examine(line, evidence)
            history = original(model, *args, **kwargs)
            after = _evidence_of_arrays(model, given, trained=True)
        else:
            batches = FirstBatches(lambda part: self._examine(line, _evidence_of_batch(model, part)))
            with observing(batches):
                history = original(model, *args, **kwargs)
            after = _evidence_of_batch(model, batches.joined(), trained=True)
        self._examine(line, after, [f for f in DIAGNOSES if f.__name__ in AFTER])
        return history

    def _train_on_batch(self, original, model, args, kwargs):
        if model not in self._seen and model.compiled:
            self._seen.add(model)
            given = _arguments(original, model, args, kwargs) or {}
            self._examine(_line(), _evidence_of_batch(model, (given.get("x"), given.get("y"))))
        return original(model, *args, **kwargs)

    def _examine_loop(self, evidence):
        if evidence.model not in self._seen:
            wanted = [f for f in DIAGNOSES if f.__name__ not in NOT_OF_LOOPS]
            self._examine(_line(), evidence, [f for f in wanted if f.__name__ in AFTER] if evidence.trained else wanted)

    def _examine(self, line, evidence, diagnoses=DIAGNOSES):
        for diagnosis in [] if evidence is None else examine(evidence, diagnoses):
            self.found.setdefault((line, diagnosis.name), diagnosis)


def _watched(original, method, loops):
    def watched(model, *args, **kwargs):
        was_paused, loops.is_paused = loops.is_paused, True
        try:
            return method(original, model, args, kwargs)
        finally:
            loops.is_paused = was_paused

    return watched


def _line():
    _, users = calling_lines(3)
    return line_text(users) if users else ""


@harmless
def _arguments(original, model, args, kwargs):
    """{name: argument}; None for a call that the method itself will refuse."""
    bound = inspect.signature(original).bind(model, *args, **kwargs)
    bound.apply_defaults()
    return bound.arguments


class FirstBatches(Observer):
    """The batches of the steps of a `fit` that run in Python, of which there are at least two.

    Args:
        first: called with the first one before its step.
    """

    def __init__(self, first):
        self.first = first
        self.batches = []

    @harmless
    def step_begins(self, kind, batch):
        """Keep the batch, as arrays."""
        if kind == "train" and sum(len(tree.flatten(part)[0]) for part in self.batches) < SAMPLES:
            x, y, _ = unpack_x_y_sample_weight(batch)
            self.batches.append(tree.map_structure(lambda t: None if t is None else np.array(t.array), (x, y)))
            if len(self.batches) == 1:
                self.first(self.batches[0])

    @harmless
    def joined(self):
        """All of them as (x, y); None if there are none."""
        flat = [tree.flatten(part) for part in self.batches]
        joined = [None if parts[0] is None else np.concatenate(parts) for parts in zip(*flat, strict=True)]
        return tree.pack_sequence_as(self.batches[0], joined)


@harmless
def _evidence_of_arrays(model, given, trained=False):
    """The `Evidence` of the arguments of `fit`; None for other data than arrays."""
    x, y = given["x"], given["y"]
    if x is None or is_iterable_of_batches(x):
        return None
    x, y = as_arrays(x, "x"), as_arrays(y, "y")
    validation = given["validation_data"]
    validation = None if validation is None or is_iterable_of_batches(validation) else as_arrays(validation)
    return Evidence(
        model,
        x,
        y,
        validation,
        given["validation_split"],
        given["batch_size"],
        given["class_weight"],
        given["shuffle"],
        trained=trained or _is_trained(model),
    )


@harmless
def _evidence_of_batch(model, batch, trained=False):
    x, y = (as_arrays(part) for part in batch)
    return Evidence(model, x, y, batch_size=len(tree.flatten(x)[0]), trained=trained or _is_trained(model))


def _is_trained(model):
    iterations = getattr(model.optimizer, "iterations", None)
    return iterations is not None and int(iterations) > 0
