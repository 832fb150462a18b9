"""`dataset.save(path)` and `Dataset.load(path)`: elements in a folder, in a format of our own."""

import os

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import NotFoundError
from minikeras.data.pipeline.element_files import ElementWriter, read_elements
from minikeras.data.pipeline.functions import first_element
from minikeras.data.pipeline.stage import Stage
from minikeras.data.pipeline.structure import spec_of

COUNT_FILE = "count"


def save(stage, path, shard_of):
    """Write the elements of one epoch into numbered files of a folder: element e into file number shard_of(e)."""
    os.makedirs(path, exist_ok=True)
    writers, count = {}, 0
    try:
        for element in stage:
            number = int(shard_of(element))
            if number not in writers:
                writers[number] = ElementWriter(open(os.path.join(path, f"{number:05d}.elements"), "wb"))  # noqa: SIM115
            writers[number].write(element)
            count += 1
    finally:
        for writer in writers.values():
            writer.file.close()
    with open(os.path.join(path, COUNT_FILE), "w", encoding="ascii") as file:
        file.write(str(count))


class Saved(Stage):
    """The elements of a folder, file by file.

    Raises:
        NotFoundError: there is no such folder.
    """

    def __init__(self, path):
        if not os.path.exists(os.path.join(path, COUNT_FILE)):
            raise NotFoundError(None, None, f"Could not find a data set that minikeras saved in {path}.")
        self.path = path
        with open(os.path.join(path, COUNT_FILE), encoding="ascii") as file:
            self.count = int(file.read())
        self.files = sorted(name for name in os.listdir(path) if name.endswith(".elements"))
        self._spec = None

    def __iter__(self):
        return (element for name in self.files for element in read_elements(os.path.join(self.path, name)))

    @property
    def element_spec(self):
        if self._spec is None:
            self._spec = spec_of(first_element(self))
        return self._spec

    def cardinality(self):
        return self.count


def one_shard(*element):
    """The number of the file for elements that go all into one."""
    return Tensor(np.int64(0))
