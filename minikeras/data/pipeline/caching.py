"""Stages that keep elements for later epochs: in memory, or in a file."""

import os
import tempfile

from minikeras.data.pipeline.element_files import ElementWriter, read_elements
from minikeras.data.pipeline.rows import Rows
from minikeras.data.pipeline.stage import Stage


class Cache(Stage):
    """Keeps the elements of the first complete epoch in memory, and yields them in later ones."""

    def __init__(self, input):
        super().__init__(input)
        self.kept = self.order = None

    def __iter__(self):
        return super().__iter__() if self.kept is None else iter(self.kept)

    def together(self, size):
        return self.run(self.input.together(size)) if self.kept is None else iter(self.kept)

    def run(self, elements):
        seen = []
        for element in elements:
            seen.append(element)
            yield element
        self.kept = seen

    def rows(self):
        if self.kept is not None or self.input.cardinality() < 0:
            return None
        rows = self.input.rows()
        if rows is not None:
            self.order = rows.numbers() if self.order is None else self.order
            rows = Rows(rows.arrays, [self.order], rows.count)
        return rows


class FileCache(Stage):
    """Keeps the elements of the first complete epoch in a file, and reads them from there, in later programs too.

    An epoch that is left before its end leaves no file.
    """

    def __init__(self, input, path):
        super().__init__(input)
        self.path = os.fspath(path)

    def __iter__(self):
        return read_elements(self.path) if os.path.exists(self.path) else super().__iter__()

    def together(self, size):
        return iter(self) if os.path.exists(self.path) else self.run(self.input.together(size))

    def run(self, elements):
        folder = os.path.dirname(self.path) or "."
        os.makedirs(folder, exist_ok=True)
        file = tempfile.NamedTemporaryFile(dir=folder, prefix=os.path.basename(self.path) + ".", delete=False)  # noqa: SIM115
        complete = False
        try:
            with file:
                writer = ElementWriter(file)
                for element in elements:
                    writer.write(element)
                    yield element
            complete = True
        finally:
            if complete:
                os.replace(file.name, self.path)
            else:
                os.remove(file.name)
