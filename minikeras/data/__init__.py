"""Turns training data of any form into epochs of batches. `adapter_for` selects the adapter; each has its file."""

from minikeras.data.adapter import DataAdapter
from minikeras.data.adapter_selection import adapter_for
from minikeras.data.arrays import ArrayAdapter, only_batch
from minikeras.data.batches import pack_x_y_sample_weight, unpack_x_y_sample_weight
from minikeras.data.iterables import IterableAdapter
from minikeras.data.py_dataset import PyDataset
from minikeras.data.splitting import train_validation_split

__all__ = [
    "ArrayAdapter",
    "DataAdapter",
    "IterableAdapter",
    "PyDataset",
    "adapter_for",
    "only_batch",
    "pack_x_y_sample_weight",
    "train_validation_split",
    "unpack_x_y_sample_weight",
]
