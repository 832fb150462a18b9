"""Installs the observer's wrappers as soon as the backend has been imported."""

import contextlib
import importlib
import sys

from .detail_by_observing import DetailByObserving
from .detail_by_wrapping import DetailByWrapping
from .entry_points import watch_functions, watch_metrics, watch_model
from .imports import undisturbed_generators
from .steps import Steps
from .tapes import watch_tapes
from .variables import Variables, watch_creation

FUNCTION_OF_SHIM = "minikeras.compat.tensorflow.function"
TAPE_OF_SHIM = "minikeras.compat.tensorflow.gradient_tape"


class Installation:
    """Called when a watched module has been imported; keeps the objects that must be finished at the end of the run."""

    def __init__(self, recorder):
        self.recorder = recorder
        self.variables = self.steps = None
        self.installed = False

    def module_loaded(self, name):
        """Handle the import of `tensorflow`, `keras`, `minikeras` or a part of its `tf` namespace."""
        if name in (FUNCTION_OF_SHIM, TAPE_OF_SHIM):
            self._shim_loaded(name, sys.modules[name])
        if self.installed:
            return
        keras = self._keras(name)
        if keras is None:
            return
        self.installed = True
        with self.recorder.clock.observing():
            self._install(keras, sys.modules.get("tensorflow"))

    def _keras(self, name):
        if self.recorder.options["backend"] == "minikeras":
            return sys.modules["minikeras"] if name == "minikeras" else None
        if name == "tensorflow":
            if "keras" in sys.modules:
                return None  # it is being imported, which imports TensorFlow: its turn comes when it is complete
            # tf.keras is loaded when it is first used; then seeding would come after random numbers of the script's
            return importlib.import_module("keras")
        return sys.modules["keras"] if name == "keras" else None

    def _install(self, keras, tf):
        recorder = self.recorder
        ours = recorder.options["backend"] == "minikeras"
        recorder.facts["keras"] = getattr(keras, "__version__", None)
        seed_backend(keras, recorder.options["seed"])
        if recorder.options["float64"]:
            keras.config.set_floatx("float64")
        in_eager_mode = contextlib.nullcontext if ours or tf is None else tf.init_scope
        self.variables = Variables(recorder, in_eager_mode)
        self.steps = Steps(recorder, self.variables)
        self.steps.watch(keras)
        watch_model(keras, recorder, self.steps)
        watch_metrics(keras, recorder)
        if recorder.mode != "times":
            watch_creation(keras, self.variables)
            watch_tapes(keras.GradientTape if ours else tf.GradientTape, keras, recorder, self.steps)
        if recorder.mode == "detail":
            about = keras, recorder, self.steps, self.variables
            self.steps.detail = DetailByObserving(*about) if ours else DetailByWrapping(tf, *about)
        if not ours:
            watch_functions(tf, recorder, self.steps)

    def _shim_loaded(self, name, shim):
        """Wrap minikeras's own `tf.function` and tape: a call of the former makes one step, as TensorFlow's does."""
        with self.recorder.clock.observing():
            if name == FUNCTION_OF_SHIM:
                watch_functions(shim, self.recorder, self.steps)
            elif self.recorder.mode != "times":
                watch_tapes(shim.GradientTape, sys.modules["minikeras"], self.recorder, self.steps)

    def finish(self):
        """Do the remaining work when the script has ended."""
        if self.variables is not None:
            self.steps.finish()
            self.variables.finish()


def seed_backend(keras, seed):
    """Seed the backend. Python's and NumPy's generators, seeded before the script began, continue as they are."""
    if seed is not None:
        with undisturbed_generators():
            keras.utils.set_random_seed(seed)
