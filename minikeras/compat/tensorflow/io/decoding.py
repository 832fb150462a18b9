"""Bytes and text as numbers: `decode_raw`, `decode_csv`, base64, compression, serialized tensors."""

import base64
import csv
import gzip
import zlib

import numpy as np

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.tensor import Tensor, string_tensor
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.protobuf.tensor_message import read_tensor, written_tensor
from minikeras.errors import DataLossError, InvalidArgumentError
from minikeras.strings.elementwise import each, text


def decode_raw(input_bytes, out_type, little_endian=True, fixed_length=None, name=None):
    """The bytes of each string read as numbers of a dtype, along a new last axis.

    Args:
        fixed_length: bytes of each string to read; shorter ones are filled up with zeros.

    Raises:
        InvalidArgumentError: the strings have different lengths, or their length is not that of whole numbers.
    """
    dtype = np.dtype(as_dtype(out_type).as_numpy_dtype).newbyteorder("<" if little_endian else ">")
    strings = byte_strings(input_bytes)
    flat = strings.ravel().tolist()
    if fixed_length is not None:
        flat = [string[:fixed_length].ljust(fixed_length, b"\0") for string in flat]
    lengths = sorted({len(string) for string in flat})
    if len(lengths) > 1:
        raise InvalidArgumentError(
            None, None, f"DecodeRaw requires input strings to all be the same size. Received: {lengths}"
        )
    if lengths and lengths[0] % dtype.itemsize:
        raise InvalidArgumentError(
            None, None, f"Input to DecodeRaw has length {lengths[0]} that is not a multiple of {dtype.itemsize}, the "
            f"size of {dtype.name}",
        )  # fmt: skip
    numbers = np.frombuffer(b"".join(flat), dtype).astype(dtype.newbyteorder("="))
    return Tensor(numbers.reshape(*strings.shape, -1))


def decode_csv(
    records, record_defaults, field_delim=",", use_quote_delim=True, na_value="", select_cols=None, name=None
):
    """The columns of lines of comma-separated values, as a list of tensors of the shape of `records`.

    Args:
        record_defaults: for each column a value (or a list of one) for empty fields, whose dtype the column has; a
            dtype, or an empty tensor, if the field must not be empty.
        use_quote_delim: whether "…" may stand around a field.
        na_value: what counts as empty, besides nothing.
        select_cols: numbers of the columns wanted.

    Raises:
        InvalidArgumentError: a line has another number of fields, a field is empty without a default, or no number.
    """
    lines = byte_strings(records)
    defaults = [_default(value) for value in record_defaults]
    quoting = csv.QUOTE_MINIMAL if use_quote_delim else csv.QUOTE_NONE
    rows = []
    for line in lines.ravel().tolist():
        fields = next(csv.reader([text(line)], delimiter=field_delim, quoting=quoting), [""])
        if select_cols is not None:
            fields = [fields[i] for i in select_cols]
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


def _default(value):
    """(dtype name, default or None) of a column."""
    if not isinstance(value, (list, tuple)) and not hasattr(value, "array") and hasattr(value, "as_numpy_dtype"):
        return value.name, None
    converted = tensor(value)
    flat = converted.array.ravel()
    return str.__str__(converted.dtype), flat[0] if flat.size else None


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


def encode_base64(input, pad=False, name=None):
    """Strings in the letters of base64 that are safe in web addresses; with "=" at the end if `pad`."""
    return each(lambda s: base64.urlsafe_b64encode(s) if pad else base64.urlsafe_b64encode(s).rstrip(b"="), input)


def decode_base64(input, name=None):
    """The strings that `encode_base64` was given."""
    return each(lambda s: base64.urlsafe_b64decode(s + b"=" * (-len(s) % 4)), input)


def decode_compressed(bytes, compression_type="", name=None):
    """The strings before compression with "ZLIB" or "GZIP"; themselves for ""."""
    functions = {"": lambda s: s, "ZLIB": zlib.decompress, "GZIP": gzip.decompress}
    if compression_type not in functions:
        raise InvalidArgumentError(None, None, f"Only ZLIB, GZIP or NONE are supported. Received: {compression_type!r}")
    try:
        return each(functions[compression_type], bytes)
    except (zlib.error, gzip.BadGzipFile) as error:
        raise DataLossError(None, None, f"The string is not compressed with {compression_type}: {error}") from None


def serialize_tensor(tensor, name=None):
    """A tensor as a string, in TensorFlow's format (a TensorProto)."""
    return string_tensor(written_tensor(_as_array(tensor)))


def _as_array(x):
    return tensor(x).array


def parse_tensor(serialized, out_type, name=None):
    """The tensor that a string of `serialize_tensor` holds.

    Raises:
        InvalidArgumentError: it holds none, or one of another dtype.
    """
    array = read_tensor(byte_strings(serialized)[()])
    found = "string" if array.dtype == object else array.dtype.name
    if found != as_dtype(out_type).name:
        raise InvalidArgumentError(
            None, None, f"Type mismatch between parsed tensor ({found}) and dtype ({as_dtype(out_type).name})"
        )
    return Tensor(array)
