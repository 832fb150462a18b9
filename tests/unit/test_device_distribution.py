"""`keras.distribution` without TensorFlow: one CPU."""

import numpy as np
import pytest

from minikeras import Variable, distribution


def test_layouts_of_variables_come_from_the_map():
    mesh = distribution.DeviceMesh((1, 1), ["batch", "model"])
    layout_map = distribution.LayoutMap(mesh)
    layout_map["dense.*kernel"] = (None, "model")
    parallel = distribution.ModelParallel(layout_map=layout_map, batch_dim_name="batch")
    assert parallel.get_variable_layout(Variable(np.ones((2, 3)), name="dense_kernel")).axes == (None, "model")
    assert parallel.get_variable_layout(Variable(np.ones((2, 3)), name="other")).axes == (None, None)
    assert parallel.get_data_layout((4, 3)).axes == ("batch", None)


def test_a_mesh_of_several_axes_for_data_warns():
    with pytest.warns(UserWarning, match="splits along the first axis"):
        distribution.DataParallel(distribution.DeviceMesh((1, 1), ["batch", "model"]))


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="its axes are those of its mesh"):
        distribution.TensorLayout(["a"], distribution.DeviceMesh((1,), ["b"]))
