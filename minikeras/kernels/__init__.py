"""The floor where arrays are computed: readable NumPy references, with Numba loops beside them where those win.

Everything here takes and returns `numpy.ndarray`; Tensors, tapes and layers live on higher floors. `registry.py`
explains how a kernel is written and chosen. Each family has its own file: read its reference first.
"""
