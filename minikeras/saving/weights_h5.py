"""`.weights.h5` files: the weights of a model and the state of its optimizer, without the architecture."""

import os

from minikeras.formats.budget import file_budget
from minikeras.formats.hdf5 import hdf5_image, open_hdf5
from minikeras.formats.replacing import replacing
from minikeras.saving.state import read_state, write_state


def write_weights(model, filepath, objects_to_skip=None):
    """Write the state of a model to a file, atomically."""
    with replacing(filepath) as unfinished:
        unfinished.write_bytes(hdf5_image(lambda file: write_state(model, file, objects_to_skip=objects_to_skip)))


def read_weights(model, filepath, skip_mismatch=False, objects_to_skip=None):
    """Set the state of a model from a file: everything, or nothing if a part does not match."""
    with open_hdf5(filepath, "a file of Keras weights") as file:
        budget = file_budget(filepath, os.path.getsize(filepath))
        read_state(model, file, filepath, budget, skip_mismatch=skip_mismatch, objects_to_skip=objects_to_skip)
