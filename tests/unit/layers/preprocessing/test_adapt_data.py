"""`adapt` takes arrays, lists, Datasets, PyDatasets and generators, with one result; long data show their progress."""

import numpy as np
import pytest

from minikeras.data import PyDataset
from minikeras.data.pipeline import Dataset
from minikeras.layers import Discretization, IntegerLookup, Normalization, StringLookup, TextVectorization
from minikeras.layers.preprocessing import adapting

NUMBERS = np.random.default_rng(0).normal(size=(12, 3)).astype("float32")
INTEGERS = np.array([[3, 1], [1, 7], [1, 3], [9, 3], [1, 9], [1, 1]])
WORDS = np.array([["b", "a"], ["a", "c"], ["a", "b"]], object)
TEXTS = np.array(["the cat", "the dog sat", "a cat and the dog", "dog"], object)


class Batches(PyDataset):
    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, number):
        return self.batches[number]


def in_all_forms(data, size=2):
    batches = [data[i : i + size] for i in range(0, len(data), size)]
    return {
        "Dataset": Dataset.from_tensor_slices(data).batch(size),
        "PyDataset": Batches(batches),
        "generator": (batch for batch in batches),
    }


def learned(layer):
    if isinstance(layer, Normalization):
        return np.concatenate([layer.adapt_mean.numpy(), layer.adapt_variance.numpy()]).round(5).tolist()
    return layer.bin_boundaries if isinstance(layer, Discretization) else layer.get_vocabulary()


CASES = [(Normalization, {}, NUMBERS), (Discretization, {"num_bins": 3}, NUMBERS), (IntegerLookup, {}, INTEGERS),
         (StringLookup, {}, WORDS), (TextVectorization, {}, TEXTS)]  # fmt: skip


@pytest.mark.parametrize("form", ["list", "Dataset", "PyDataset", "generator"])
@pytest.mark.parametrize("layer, arguments, data", CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_forms_of_data(layer, arguments, data, form, capsys):
    of_array = layer(**arguments)
    of_array.adapt(data)
    of_form = layer(**arguments)
    of_batches = layer in (Normalization, Discretization)  # whose lists are lists of batches, as in Keras
    listed = [data[:2], data[2:]] if of_batches else data.tolist()
    of_form.adapt(listed if form == "list" else in_all_forms(data)[form])
    assert learned(of_form) == learned(of_array)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "is_terminal, lines", [(False, ["adapt: 6 of 6 batches, "]), (True, ["adapt: 1 of 6", "6 of 6"])]
)
def test_long_data_show_their_progress(monkeypatch, capsys, is_terminal, lines):
    monkeypatch.setattr(adapting, "SILENT_SECONDS", 0)
    monkeypatch.setattr(adapting, "SECONDS_ON_A_TERMINAL", 0)
    monkeypatch.setattr(adapting.sys.stdout, "isatty", lambda: is_terminal, raising=False)
    Normalization().adapt(in_all_forms(NUMBERS)["Dataset"])
    shown = capsys.readouterr().out
    assert all(line in shown for line in lines)
    assert shown.endswith("\n")
    assert ("\r" in shown) == is_terminal


def test_steps_limit_the_batches_of_endless_data():
    layer = StringLookup()
    layer.adapt(Dataset.from_tensor_slices(WORDS).batch(1).repeat(), steps=2)
    assert layer.get_vocabulary() == ["[UNK]", "a", "c", "b"]
    with pytest.raises(ValueError, match="steps"):
        StringLookup().adapt(Dataset.from_tensor_slices(WORDS).repeat())
