"""Operations that draw few numbers per call compute the next calls together: the numbers are those of single calls."""

import numpy as np
import pytest

from minikeras.compat.tensorflow.image.drawn_images import flipped_or_not, random_part, stateful
from minikeras.data.pipeline import Dataset
from minikeras.kernels.random.categorical import categorical_of_pairs, stateless_categorical
from minikeras.kernels.random.philox import FEW_WORDS, Philox, philox_block, philox_words_reference
from minikeras.random import operation_seeds
from minikeras.random.global_seed import set_random_seed
from minikeras.random.operations import uniform

CALLS = 600  # more than are computed at once
DRAWS = [
    ((), {}),
    ((), {"minval": -0.2, "maxval": 0.2}),
    ((3,), {"minval": 1, "maxval": 5.5}),
    ((2, 2), {"minval": -7, "maxval": 2**31 - 1, "dtype": "int32"}),
    ((), {"minval": 0, "maxval": 10, "dtype": "int64"}),
    ((), {"dtype": "float64"}),
    ((5,), {}),
]


def drawn(function, calls=CALLS):
    dataset = Dataset.range(calls).map(function)
    return [element.numpy() for element in dataset]


def without_calls_ahead(monkeypatch):
    monkeypatch.setattr(operation_seeds, "CALLS_BEFORE", 10**9)


@pytest.mark.parametrize("shape, arguments", DRAWS, ids=str)
def test_uniform_numbers(monkeypatch, shape, arguments):
    def draw(i):
        return uniform(shape, seed=4, **arguments)

    set_random_seed(1)
    ahead = drawn(draw)
    without_calls_ahead(monkeypatch)
    set_random_seed(1)
    single = drawn(draw)
    assert np.array_equal(ahead, single)
    assert len(np.unique(np.asarray(ahead).ravel())) > 1
    assert ahead[0].dtype == single[0].dtype


def test_what_a_place_draws_may_change_from_call_to_call(monkeypatch):
    """As in a function whose Python depends on values."""

    def draw(i):
        if int(i) % 3 == 0:
            return uniform((), maxval=float(int(i) + 1), seed=4)
        return uniform((2,), seed=4)[0]

    set_random_seed(1)
    ahead = drawn(draw)
    without_calls_ahead(monkeypatch)
    set_random_seed(1)
    assert ahead == drawn(draw)


def test_calls_may_draw_other_counts(monkeypatch):
    """The numbers computed ahead are those of calls for as many."""

    def draw(i):
        count = int(i) // 20 % 3 + 1 if int(i) < 200 else int(i) % 4
        return uniform((count,), seed=4)

    set_random_seed(1)
    ahead = drawn(draw, 250)
    without_calls_ahead(monkeypatch)
    set_random_seed(1)
    for one, other in zip(ahead, drawn(draw, 250), strict=True):
        assert np.array_equal(one, other)


def test_augmented_images_are_those_of_single_draws(monkeypatch):
    images = np.random.default_rng(0).random((200, 8, 8, 3)).astype("float32")

    def augment(image):
        image = flipped_or_not(image, image[:, ::-1], stateful(None))
        image = random_part(stateful(None), image, (6, 6, 3))
        return image + stateful(3).amount(-0.2, 0.2)

    def epochs():
        set_random_seed(2)
        dataset = Dataset.from_tensor_slices(images).map(augment).batch(64)
        return [batch.numpy() for _ in range(2) for batch in dataset]

    ahead = epochs()
    without_calls_ahead(monkeypatch)
    for batch, other in zip(ahead, epochs(), strict=True):
        assert np.array_equal(batch, other)


@pytest.mark.parametrize("position", [0, 1, 2**32 - 1, 2**32, 2**63 + 5])
@pytest.mark.parametrize("count", range(1, FEW_WORDS + 1))
def test_a_block_by_integers(position, count):
    generator = Philox(np.uint64(2**63 + 11), np.uint64(2**40 + 3), np.uint64(position))
    words = philox_words_reference(*generator, count)
    assert words.dtype == np.uint32
    assert words.tolist() == [int(word) for word in philox_block(*generator)][:count]


def test_draws_under_many_pairs_of_seeds_are_those_of_single_pairs():
    pairs = [(i, 7 * i + 2**31) for i in range(50)]
    logits = np.log(np.array([[0.5, 0.0, 2.0, 1.0]], "float32") + 1e-30)
    singly = [stateless_categorical(pair, logits, 1)[0, 0] for pair in pairs]
    assert categorical_of_pairs(pairs, logits).tolist() == singly
