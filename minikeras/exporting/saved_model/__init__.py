"""Recorded programs as SavedModels, which TensorFlow loads and serves.

    operations.py   what TensorFlow's operations take and give
    attributes.py   attributes of nodes as messages
    graph.py        a function under construction: nodes, constants, the variables that it reads
    registry.py     the functions that convert ops; one small function each, in files by family:
                    elementwise, shaping, indexing, lookups, products, convolution, reduction, attention, recurrent,
                    resampling, random_numbers, segments, linear_algebra, fourier, histograms
    tables.py       vocabularies as resources
    functions.py    a recorded Python function as a function of the SavedModel; signatures
    objects.py      the object that is saved, with its functions and variables
    writing.py      the folder
    archive.py      `ExportArchive`

Weights are variables, which the functions read: what is loaded can be trained further or given other weights.
"""
