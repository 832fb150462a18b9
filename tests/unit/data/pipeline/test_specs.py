"""Specs of elements: shapes of which not all is known."""

import numpy as np
import pytest

from minikeras import KerasTensor, ops, random
from minikeras.data.pipeline import ArraySpec, Dataset, DatasetSpec, RaggedSpec
from minikeras.data.pipeline.specs import as_spec, common_shape, is_compatible, merged_spec, without_lengths
from minikeras.random import SeedGenerator
from minikeras.tensors import ragged

SHAPES = [None, (), (2,), (None,), (2, 3), (None, 3), (2, None), (4, 3)]


EVERY = [(), *((n,) for n in range(5)), *((n, m) for n in range(5) for m in range(5))]


def concrete(shape):
    """Those of EVERY that `shape` allows."""
    if shape is None:
        return set(EVERY)
    return {s for s in EVERY if len(s) == len(shape) and all(n in (None, m) for n, m in zip(shape, s, strict=True))}


@pytest.mark.parametrize("a", SHAPES, ids=str)
@pytest.mark.parametrize("b", SHAPES, ids=str)
def test_shapes_are_sets_of_shapes(a, b):
    assert is_compatible(a, b) == bool(concrete(a) & concrete(b))
    assert concrete(common_shape(a, b)) >= concrete(a) | concrete(b)
    if concrete(a) >= concrete(b):
        assert common_shape(a, b) == a


def test_specs_of_a_pipeline():
    dataset = Dataset.from_tensor_slices({"x": np.zeros((6, 3), "float32"), "word": ["a"] * 6})
    assert dataset.element_spec == {"x": ArraySpec((3,), "float32"), "word": ArraySpec((), "string")}
    assert dataset.batch(2).element_spec["x"] == ArraySpec((None, 3), "float32")
    assert dataset.batch(2, drop_remainder=True).element_spec["x"] == ArraySpec((2, 3), "float32")
    assert dataset.batch(2).unbatch().element_spec == dataset.element_spec
    assert dataset.map(lambda d: d["x"][:2]).element_spec == ArraySpec((2,), "float32")
    assert dataset.window(2).element_spec["word"] == DatasetSpec(ArraySpec((), "string"))
    rows = Dataset.from_tensors(ragged.constant([[[1], []], [[2, 3]]]))
    assert rows.element_spec == RaggedSpec((2, None, None), "int32", 2)
    assert rows.unbatch().element_spec == RaggedSpec((None, None), "int32", 1)
    assert rows.unbatch().unbatch().element_spec == RaggedSpec((None,), "int32", 0)
    lengths = Dataset.range(1, 4).map(lambda n: np.zeros(int(n), "float32"))
    assert lengths.ragged_batch(2).element_spec == RaggedSpec((None, None), "float32", 1)


def test_a_spec_does_not_begin_the_users_generator_nor_change_state():
    begun, seeds = [], SeedGenerator(1)
    state = np.array(seeds.state)

    def rows():
        begun.append(len(begun))
        for n in range(1, 4):
            yield np.full((n, 2), n, "float32")

    def augmented(x):
        noise = random.uniform((), seed=seeds)
        if ops.sum(x) > 5:  # needs a value, so symbolic tensors do not do
            x = ops.concatenate([x, x])
        return x + noise, ops.shape(x)[0]

    dataset = Dataset.from_generator(rows, output_signature=ArraySpec((None, 2), "float32")).map(augmented)
    padded = dataset.padded_batch(2, padding_values=(0.0, -1))
    assert padded.element_spec == (ArraySpec((None, None, None), "float32"), ArraySpec((None,), "int32"))
    assert not begun
    np.testing.assert_array_equal(seeds.state, state)
    assert [tuple(x.shape) for x, _ in padded] == [(2, 4, 2), (1, 6, 2)]
    assert len(begun) == 1


def test_a_function_that_takes_only_real_elements_gets_one():
    words = Dataset.from_tensor_slices([b"7", b"12"]).map(lambda word: int(word.array) + np.zeros(3))
    assert words.element_spec == ArraySpec((None,), "float64")


def test_what_has_a_shape_and_a_dtype_has_a_spec():
    assert as_spec(KerasTensor((None, 2), "int32")) == ArraySpec((None, 2), "int32")
    assert as_spec(np.zeros((1, 2))) == ArraySpec((1, 2), "float64")
    spec = ArraySpec(None, "int32")
    assert as_spec(spec) is spec
    assert without_lengths((spec, ArraySpec((1, 2), "bool"))) == (spec, ArraySpec((None, None), "bool"))


def test_data_sets_of_different_elements_are_not_joined():
    with pytest.raises(TypeError, match="dtypes"):
        merged_spec(ArraySpec((), "int32"), ArraySpec((), "int64"))
    with pytest.raises(TypeError, match="one structure"):
        merged_spec(ArraySpec((), "int32"), (ArraySpec((), "int32"),) * 2)
