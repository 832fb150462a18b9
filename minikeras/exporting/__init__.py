"""Export of trained models to formats of other programs: ONNX (`onnx/`) and TensorFlow's SavedModel (`tensorflow/`).

The entry point is `Model.export`.

    formats.py      dispatch by format
    signature.py    the shapes and dtypes of a model's inputs
    tracing.py      runs the model on batches whose unknown lengths differ, and records every op
    assignments.py  assignments to Variables as ops: state that a call changes
    draws.py        random numbers as ops of a seed generator's state
    branches.py     warns if Python code branches on a length and so runs other ops for other lengths
    lengths.py      how numbers that differ between runs follow from unknown lengths, and how the graph computes them
    graph.py        a graph under construction: names, constants, shapes
    varying.py      arrays that depend only on shapes
    registry.py     which function converts which op; how a format writes an op
    conversions/    the functions that all formats share: a row in `operators.py` for most ops, else a function
    converting.py   traverses the recorded ops, with constant folding

Ops are exported rather than layers, so custom layers and `Lambda`s made of `keras.ops` are exported too. Only the
forward pass is exported, including its assignments to Variables if the format has state.
"""

__replay__ = "computes"
