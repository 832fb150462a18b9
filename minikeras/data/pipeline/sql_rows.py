"""The rows of a query of an SQLite database."""

import sqlite3
from pathlib import Path

import numpy as np

from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.data.pipeline.specs import ArraySpec
from minikeras.data.pipeline.stage import UNKNOWN, Stage


class SqlRows(Stage):
    """A tuple of tensors without axes for each row. The query runs again in every epoch; the database is only read.

    Args:
        path: of the file.
        query: text of one SELECT.
        dtypes: of the columns.
    """

    def __init__(self, path, query, dtypes):
        self.path, self.query, self.dtypes = path, query, tuple(dtypes)

    def __iter__(self):
        connection = sqlite3.connect(
            f"{Path(self.path).absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False
        )
        try:
            rows = connection.execute(self.query)
            if len(rows.description) != len(self.dtypes):
                raise InvalidArgumentError(
                    None,
                    None,
                    f"The query gives {len(rows.description)} columns, `output_types` has {len(self.dtypes)} dtypes: "
                    f"{self.query!r}",
                )
            for row in rows:
                yield tuple(map(_as_tensor, row, self.dtypes))
        except sqlite3.Error as error:
            raise InvalidArgumentError(None, None, f"SQLite: {error}. The query: {self.query!r}") from error
        finally:
            connection.close()

    @property
    def element_spec(self):
        return tuple(ArraySpec((), dtype) for dtype in self.dtypes)

    def cardinality(self):
        return UNKNOWN


def _as_tensor(value, dtype):
    """A cell as a tensor; one without a value is 0 or empty text."""
    if dtype == "string":
        value = b"" if value is None else value if isinstance(value, bytes) else str(value).encode()
        return Tensor(np.array(value, object))
    return Tensor(np.array(0 if value is None else value).astype(dtype))
