"""`keras.preprocessing.sequence`."""

import json

import numpy as np
import pytest

from minikeras.preprocessing import sequence


def test_windows_and_what_follows_them():
    generator = sequence.TimeseriesGenerator(np.arange(10), np.arange(10) * 10, length=3, batch_size=4)
    windows, targets = generator[0]
    assert len(generator) == 2
    assert windows.tolist() == [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]
    assert targets.tolist() == [30, 40, 50, 60]
    assert generator[1][0].shape == (3, 3)


def test_windows_backwards_and_thinned_out():
    settings = {"length": 4, "sampling_rate": 2, "stride": 3, "reverse": True}
    windows, targets = sequence.TimeseriesGenerator(np.arange(12), np.arange(12), **settings)[0]
    assert windows.tolist() == [[2, 0], [5, 3], [8, 6]]
    assert targets.tolist() == [4, 7, 10]


def test_the_settings_are_written_as_json():
    generator = sequence.TimeseriesGenerator(np.arange(6), list(range(6)), length=2)
    written = json.loads(generator.to_json())
    assert written["class_name"] == "TimeseriesGenerator"
    assert json.loads(written["config"]["data"]) == [0, 1, 2, 3, 4, 5]
    assert written["config"]["length"] == 2


def test_windows_need_enough_data():
    with pytest.raises(ValueError, match="no window fits"):
        sequence.TimeseriesGenerator(np.arange(5), np.arange(5), length=5)
    with pytest.raises(ValueError, match="a target for each time step"):
        sequence.TimeseriesGenerator(np.arange(5), np.arange(6), length=2)


def test_pairs_of_neighbours():
    couples, labels = sequence.skipgrams([1, 2, 0, 3], 4, window_size=1, negative_samples=0, shuffle=False)
    assert couples == [[1, 2], [2, 1]]  # 0 is not a word, so 3 has no neighbour
    assert labels == [1, 1]


def test_pairs_with_any_word_are_labelled_zero():
    couples, labels = sequence.skipgrams([1, 2, 3], 4, negative_samples=2.0, seed=1)
    assert len(couples) == len(labels) == 18
    assert sum(labels) == 6
    assert all(word != other for (word, other), label in zip(couples, labels, strict=True) if label)


def test_common_words_are_sampled_less():
    table = sequence.make_sampling_table(1000)
    assert table.shape == (1000,)
    assert np.all(np.diff(table[1:]) > 0)
