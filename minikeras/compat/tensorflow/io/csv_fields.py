"""Parses lines of comma-separated values into columns, each of one dtype."""

import csv

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.tensor import Tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.tensors.strings.elementwise import text


def fields_of(line, delimiter=",", quoted=True):
    """The fields of a line (bytes), as text.

    Args:
        quoted: whether "…" may enclose a field.
    """
    return next(csv.reader([text(line)], delimiter=delimiter, quoting=_quoting(quoted)), [""])


def rows_of(lines, delimiter=",", quoted=True):
    """Iterator over the lists of fields of lines (text); a quoted field may span several lines."""
    return csv.reader(lines, delimiter=delimiter, quoting=_quoting(quoted))


def _quoting(quoted):
    return csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE


def decode_csv(records, defaults, delimiter=",", quoted=True, na_value="", select=None):
    """The columns of lines of comma-separated values, as a list of tensors of the shape of `records`.

    Args:
        defaults: for each column (name of the dtype, value of empty fields); None for that if a field must not be
            empty.
        quoted: whether "…" may enclose a field.
        na_value: a text that also counts as empty.
        select: numbers of the columns wanted; all if None.

    Raises:
        InvalidArgumentError: a line has too few or too many fields; a field is not a number, or empty without a
            default.
    """
    lines, rows = byte_strings(records), []
    for line in lines.ravel().tolist():
        fields = fields_of(line, delimiter, quoted)
        fields = fields if select is None else [fields[i] for i in select]
        if len(fields) != len(defaults):
            raise InvalidArgumentError(
                None, None, f"Expect {len(defaults)} fields but have {len(fields)} in record {text(line)!r}"
            )
        rows.append([_field(fields[i], i, *defaults[i], na_value) for i in range(len(fields))])
    columns = []
    for i, (dtype, _) in enumerate(defaults):
        column = np.empty(len(rows), object if dtype == "string" else dtype)
        column[:] = [row[i] for row in rows]
        columns.append(Tensor(column.reshape(lines.shape)))
    return columns


def _field(field, number, dtype, default, na_value):
    if field in ("", na_value):
        if default is None:
            raise InvalidArgumentError(None, None, f"Field {number} is required but missing in record!")
        return default
    if dtype == "string":
        return field.encode("utf-8", "surrogateescape")
    try:
        return np.asarray(float(field) if "float" in dtype else int(field), dtype)[()]
    except (ValueError, OverflowError):
        raise InvalidArgumentError(None, None, f"Field {number} in record is not a valid {dtype}: {field}") from None


def inferred_default(fields, na_value=""):
    """(dtype, default) of a column: the narrowest of int32, int64, float32, float64 and string that fits its fields."""
    for dtype in ("int32", "int64", "float32", "float64"):
        if all(_fits(field, dtype) for field in fields if field not in ("", na_value)):
            return dtype, np.zeros((), dtype)[()]
    return "string", b""


def _fits(field, dtype):
    try:
        if "int" in dtype:
            return np.iinfo(dtype).min <= int(field) <= np.iinfo(dtype).max
        with np.errstate(over="ignore"):  # overflowing values do not fit
            return bool(np.isfinite(np.asarray(float(field)).astype(dtype)) or not np.isfinite(float(field)))
    except ValueError:
        return False
