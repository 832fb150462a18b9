"""A model's inference as an ONNX graph, op by op: what `minikeras/exporting/` has recorded.

    graph.py        the ONNX graph under construction: nodes, weights, constants
    formulas.py     ops of Keras for which ONNX has no operator, or one that takes its inputs in another way
    registry.py     the functions that convert ops where it is not as in all formats; in files by family:
                    convolution, pooling, normalization, fourier, recurrent, lookups
    scanning.py     a recurrence as `Scan`
    converting.py   the graph of a recorded program
    writing.py      the file, by the `onnx` package

Weights are constants. Arrays stay channels-last as in Keras; convolutions and poolings, which ONNX has channels-first
alone, come between transpositions.
"""
