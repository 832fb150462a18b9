"""Ctrl-C at any line of a load leaves the model as it was, or as the whole file has it; at any line of a save, the old
file or the new one."""

import gc
import random
import sys
import warnings
from pathlib import Path

import pytest

import minikeras
from minikeras.models import state_tree
from minikeras.utils import training_state
from minikeras.utils.restoring import assign_all
from minikeras.utils.training_state import load_state, save_state
from tests.security.saves import SAVES, model_with, value_of
from tests.security.subjects import X, Y, plain, state_of, with_words

PACKAGE = str(Path(minikeras.__file__).parent)
TRIALS, TRIALS_IF_LONG = 40, 1000
CLEANING_UP = ("_discard", "temporary")  # an interruption of these leaves a temporary file until the process ends


class Interruption:
    """Within it, KeyboardInterrupt is raised at a line of minikeras, the `last`-th that runs.

    Attributes:
        count: how many lines ran.
    """

    def __init__(self, last=None):
        self.last, self.count = last, 0

    def __enter__(self):
        sys.settrace(self)
        return self

    def __exit__(self, *error):
        sys.settrace(None)

    def __call__(self, frame, event, argument):
        if not frame.f_code.co_filename.startswith(PACKAGE) or frame.f_code.co_name in CLEANING_UP:
            return None
        if event == "line":
            self.count += 1
            if self.count == self.last:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self


def moments(count, name, request):
    """Some of `count` lines, the same in every run."""
    trials = TRIALS_IF_LONG if request.config.getoption("--long") else TRIALS
    return sorted(random.Random(name).sample(range(1, count + 1), min(trials, count)))


def interrupt(last, action, *arguments):
    """Interrupt an action at its `last`-th line, and whether it was: a few lines run only the first time."""
    try:
        with Interruption(last):
            action(*arguments)
    except KeyboardInterrupt:
        return True
    return False


LOADS = {  # name of the file: (make a model, save, load)
    "m.weights.h5": (with_words, lambda m, path: m.save_weights(path), lambda m, path: m.load_weights(path)),
    "m.keras": (with_words, lambda m, path: m.save(path), lambda m, path: m.load_weights(path)),
    "m.h5": (plain, lambda m, path: m.save(path), lambda m, path: m.load_weights(path)),
    "m.npz": (plain, lambda m, path: m.save_weights(path), lambda m, path: m.load_weights(path)),
    "state.npz": (plain, save_state, load_state),
}


@pytest.fixture
def collected():
    """Between two lines a file may be open that nothing closes but the garbage collector: here, in no other test."""
    yield
    gc.collect()


@pytest.mark.one_in(3)
@pytest.mark.usefixtures("collected")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:HDF5 is an old format:UserWarning")
@pytest.mark.parametrize("name", LOADS)
def test_an_interrupted_load_leaves_the_model_as_it_was(name, tmp_path, request):
    make, save, load = LOADS[name]
    path, trained = tmp_path / name, make()
    trained.train_on_batch(X, Y)
    save(trained, path)
    model, other = make(), make()
    before = state_of(model)
    with Interruption() as whole:
        load(other, path)
    after = state_of(other)
    assert after != before
    interrupted = 0
    for last in (chosen := moments(whole.count, name, request)):
        interrupted += interrupt(last, load, model, path)
        assert state_of(model) in (before, after), f"half loaded, interrupted at line {last}"
        if state_of(model) == after:  # it was set at once, and the interruption came later
            model = make()
    assert interrupted > 0.9 * len(chosen)


@pytest.mark.one_in(3)
@pytest.mark.usefixtures("collected")
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("name", SAVES)
def test_an_interrupted_save_leaves_the_old_file_or_the_new_one(name, tmp_path, request):
    warnings.simplefilter("ignore")
    save, load = SAVES[name]
    models, path = {value: model_with(value) for value in (1, 2)}, tmp_path / name
    save(models[1], path)
    with Interruption() as whole:
        save(models[1], path)
    old, interrupted = 1, 0
    for last in (chosen := moments(whole.count, name, request)):
        interrupted += interrupt(last, save, models[3 - old], path)
        found = value_of(load(path))
        assert found in (1, 2)
        old = found
    assert interrupted > 0.9 * len(chosen)
    save(models[2], path)
    assert value_of(load(path)) == 2
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("way", ["file", "tree"])
def test_an_interruption_after_the_last_assignment_restores_every_variable(way, tmp_path, monkeypatch):
    trained, model = plain(), plain()
    trained.train_on_batch(X, Y)
    before = state_of(model)
    assert state_of(trained) != before

    def assign_and_stop(variables, values):
        assign_all(variables, values)
        raise KeyboardInterrupt

    for module in (training_state, state_tree):
        monkeypatch.setattr(module, "assign_all", assign_and_stop)
    save_state(trained, tmp_path / "state.npz")
    tree = trained.get_state_tree(value_format="numpy_array")
    with pytest.raises(KeyboardInterrupt):
        load_state(model, tmp_path / "state.npz") if way == "file" else model.set_state_tree(tree)
    assert state_of(model) == before
