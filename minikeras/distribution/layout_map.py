"""`LayoutMap`: layouts of variables by patterns of their paths."""

import re
from collections.abc import MutableMapping

from minikeras.distribution.layouts import TensorLayout


class LayoutMap(MutableMapping):
    """{pattern: TensorLayout}. A path that is not a key itself gets the layout of the first key that matches all of it.

        layout_map = LayoutMap(mesh)
        layout_map["dense.*kernel"] = (None, "model")
        layout_map["dense/kernel"].axes  # (None, "model")

    A path without a layout gives None.

    Args:
        device_mesh: the mesh of layouts that are given without one.
    """

    def __init__(self, device_mesh):
        self._device_mesh = device_mesh
        self._layouts = {}

    @property
    def device_mesh(self):
        """The mesh."""
        return self._device_mesh

    def __getitem__(self, key):
        if key in self._layouts:
            return self._layouts[key]
        found = [pattern for pattern in self._layouts if re.fullmatch(pattern, key)]
        if len(found) > 1:
            raise ValueError(
                f"Path '{key}' matches multiple keys of the LayoutMap: {found}. Make them exclude each other."
            )
        return self._layouts[found[0]] if found else None

    def __setitem__(self, key, layout):
        """A TensorLayout, or the tuple of its axes. Raises ValueError for anything else, and for a known key."""
        if key in self._layouts:
            raise ValueError(f"{key} already exist in the LayoutMap, with {self._layouts[key]}. Delete it first.")
        layout = TensorLayout(layout) if isinstance(layout, tuple) else layout
        if not isinstance(layout, TensorLayout):
            raise ValueError(f"A value should be a TensorLayout, or a tuple of axes. Received: {layout!r} for {key!r}")
        if layout.device_mesh is None and self._device_mesh is not None:
            layout.device_mesh = self._device_mesh
        self._layouts[key] = layout

    def __delitem__(self, key):
        del self._layouts[key]

    def __len__(self):
        return len(self._layouts)

    def __iter__(self):
        return iter(self._layouts)
