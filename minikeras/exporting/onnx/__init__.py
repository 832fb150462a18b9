"""Conversion of a recorded model to an ONNX graph, op by op.

    graph.py        the ONNX graph under construction: nodes, weights, constants
    formulas.py     ops of Keras for which ONNX has no operator, or one whose inputs differ
    registry.py     the functions that convert ops specifically for ONNX; in files by family:
                    convolution, pooling, normalization, fourier, recurrent, lookups
    scanning.py     a recurrence as `Scan`
    converting.py   the graph of a recorded program
    writing.py      the file, by the `onnx` package

Weights are constants. Arrays stay channels-last as in Keras; convolutions and pooling, which ONNX supports only
channels-first, are enclosed in transpositions.
"""
