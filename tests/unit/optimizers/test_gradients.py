"""Rows of an embedding: what is done to each row, and what to their sum (the table in `gradients.py`)."""

import numpy as np
import pytest

from minikeras import optimizers
from minikeras.autodiff import IndexedSlices, Tensor, Variable
from minikeras.optimizers import gradients

A, B = 3.0, -1.0  # two rows of one token


def rows():
    return IndexedSlices(np.array([[A], [B]], "float32"), np.array([1, 1]), (3, 1))


def table():
    return Variable(np.zeros((3, 1), "float32"), name="table")


def after_one_step(optimizer):
    variable = table()
    optimizer.apply([rows()], [variable])
    return variable.numpy()[1, 0], {v.path.rpartition("_")[2]: v.numpy() for v in optimizer.variables[2:]}


def test_squares_are_taken_row_by_row():
    _, slots = after_one_step(optimizers.Adam())
    assert slots["velocity"][1, 0] == pytest.approx(0.001 * (A * A + B * B), 1e-5)
    assert slots["momentum"][1, 0] == pytest.approx(0.1 * (A + B), 1e-5)


def test_absolute_values_are_taken_row_by_row():
    _, slots = after_one_step(optimizers.Adamax())
    assert slots["norm"][1, 0] == abs(A) + abs(B)


def test_values_are_clipped_row_by_row():
    value, _ = after_one_step(optimizers.SGD(1.0, clipvalue=2.0))
    assert value == -(2.0 + B)


def test_norms_are_those_of_the_rows():
    norm = np.sqrt(A * A + B * B)
    clipped, _ = after_one_step(optimizers.SGD(1.0, clipnorm=1.0))
    assert clipped == pytest.approx(-(A + B) / norm, 1e-6)


def test_rows_clipped_by_the_global_norm_are_summed_before_they_are_squared():
    norm = np.sqrt(A * A + B * B)
    _, slots = after_one_step(optimizers.Adam(global_clipnorm=1.0))
    assert slots["velocity"][1, 0] == pytest.approx(0.001 * ((A + B) / norm) ** 2, 1e-5)


def test_accumulated_rows_are_summed_before_they_are_squared():
    optimizer, variable = optimizers.Adam(gradient_accumulation_steps=2), table()
    for _ in range(2):
        optimizer.apply([rows()], [variable])
    velocity = optimizer.variables[4].numpy()[1, 0]
    assert velocity == pytest.approx(0.001 * (A + B) ** 2, 1e-5)


def test_rows_that_were_not_read_decay_and_move_on_by_momentum():
    variable = Variable(np.ones((3, 1), "float32"), name="table")
    optimizer = optimizers.Adam(0.1, weight_decay=0.5)
    optimizer.apply([rows()], [variable])
    np.testing.assert_allclose(variable.numpy()[[0, 2]], 0.95, rtol=1e-6)
    read_elsewhere = IndexedSlices(np.ones((1, 1), "float32"), np.array([0]), (3, 1))
    before = variable.numpy()[1, 0] * 0.95
    optimizer.apply([read_elsewhere], [variable])
    assert variable.numpy()[1, 0] < before - 1e-3


def test_helpers_treat_arrays_as_plain_arithmetic():
    g, array = np.array([1.0, -2.0]), np.array([2.0, 4.0])
    assert gradients.total(g) is g
    np.testing.assert_array_equal(gradients.each(np.square, g), [1.0, 4.0])
    gradients.add_in_place(array, g)
    np.testing.assert_array_equal(array, [3.0, 2.0])


def test_helpers_keep_rows_apart():
    np.testing.assert_array_equal(gradients.each(np.square, rows()).values, [[A * A], [B * B]])
    np.testing.assert_array_equal(gradients.total(rows()), [[0], [A + B], [0]])
    array = np.zeros((3, 1), "float32")
    gradients.add_in_place(array, rows())
    gradients.subtract_in_place(array, rows())
    np.testing.assert_array_equal(array, np.zeros((3, 1)))


def test_gradients_take_the_dtype_of_their_variable():
    variable = table()
    assert gradients.as_gradient(Tensor(np.zeros((3, 1), "float64")), variable).dtype == "float32"
    wide = IndexedSlices(np.zeros((2, 1)), np.array([0, 1]), (3, 1))
    assert gradients.as_gradient(wide, variable).dtype == "float32"


def test_rows_can_be_assigned_added_and_subtracted():
    optimizer, variable = optimizers.SGD(), table()
    optimizer.assign(variable, rows())
    assert variable.numpy()[1, 0] in (A, B)
    optimizer.assign(variable, np.zeros((3, 1)))
    optimizer.assign_add(variable, rows())
    assert variable.numpy()[1, 0] == A + B
    optimizer.assign_sub(variable, rows())
    assert variable.numpy()[1, 0] == 0
