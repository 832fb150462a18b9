"""A model's inference as an ONNX graph, op by op.

    tracing.py      runs the model on two batches whose unknown lengths differ, and records every op
    branches.py     warns of Python that decides by a length: it runs other ops for other lengths
    lengths.py      what differs between the two runs depends on an unknown length; how the graph computes it
    graph.py        the ONNX graph under construction: nodes, weights, constants
    registry.py     which function converts which op; one small function each, in files by family:
                    arithmetic, functions, activations, shaping, indexing, joining, counting, products, convolution,
                    pooling, reduction, normalization, attention, recurrent, resampling
    converting.py   walks the recorded ops; what depends on weights alone is computed here and now
    writing.py      the file, by the `onnx` package

Ops are exported rather than layers, so your own layers and `Lambda`s made of `keras.ops` are expressed too. Arrays stay
channels-last as in Keras; convolutions and poolings, which ONNX has channels-first alone, stand between transpositions.
"""
