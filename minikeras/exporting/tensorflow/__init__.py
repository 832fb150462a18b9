"""Recorded programs as functions of TensorFlow in a SavedModel, which TensorFlow loads and serves.

    operations.py   inputs and outputs of TensorFlow's operations
    formulas.py     ops of Keras for which there is no operation, or one whose inputs differ
    graph.py        a function under construction: nodes, constants, the variables that it reads
    registry.py     the functions that convert ops specifically for TensorFlow; in files by family:
                    convolution, fourier, blocks, lookups, linear_algebra, segments, random_numbers
    scanning.py     a recurrence as a loop
    tables.py       vocabularies as resources
    functions.py    a recorded Python function as a function of the SavedModel; signatures
    objects.py      the object that is saved, with its functions and variables
    writing.py      the folder
    archive.py      `ExportArchive`

Weights are variables that the functions read, so a loaded model can be trained further or given other weights. The
messages are those of `minikeras/formats/saved_model/`, which also reads and runs SavedModels.
"""
