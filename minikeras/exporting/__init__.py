"""Trained models in the formats of other programs: ONNX (`onnx/`) and TensorFlow's SavedModel (`tensorflow/`).

`Model.export` is the way in.

    formats.py      which format is written by whom
    signature.py    the shapes and dtypes of a model's inputs
    tracing.py      runs the model on two batches whose unknown lengths differ, and records every op
    assignments.py  assignments to Variables as ops: state that a call changes
    draws.py        random numbers as ops of a seed generator's state
    branches.py     warns of Python that decides by a length: it runs other ops for other lengths
    lengths.py      what differs between the two runs depends on an unknown length; how the graph computes it
    graph.py        a graph under construction: names, constants, shapes
    varying.py      arrays made of shapes alone
    registry.py     which function converts which op; how a format writes an op
    conversions/    the functions that all formats share: a row in `operators.py` for most ops, else a function
    converting.py   walks the recorded ops; what depends on constants alone is computed here and now

Ops are exported rather than layers, so your own layers and `Lambda`s made of `keras.ops` are expressed too. Only the
forward pass is exported, with what it assigns to Variables where the format has state.
"""

__replay__ = "computes"
