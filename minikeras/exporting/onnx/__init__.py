"""A model's inference as an ONNX graph, op by op: what `minikeras/exporting/` has recorded.

    graph.py        the ONNX graph under construction: nodes, weights, constants
    registry.py     the functions that convert ops; one small function each, in files by family:
                    arithmetic, functions, activations, shaping, indexing, joining, counting, products, convolution,
                    pooling, reduction, normalization, attention, recurrent, resampling
    converting.py   the graph of a recorded program
    writing.py      the file, by the `onnx` package

Weights are constants. Arrays stay channels-last as in Keras; convolutions and poolings, which ONNX has channels-first
alone, stand between transpositions.
"""
