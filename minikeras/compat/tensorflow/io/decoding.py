"""`tf.io.decode_raw`, `decode_csv`, base64, …: TensorFlow's parameters over `tensors/strings/` and `formats/protobuf/`.

`name` labels nodes of TensorFlow's graphs and has no effect.
"""

__replay__ = "computes"

from minikeras.autodiff.byte_strings import byte_strings
from minikeras.autodiff.keras_tensor import KerasTensor
from minikeras.autodiff.tensor import Tensor, string_tensor
from minikeras.base.errors import InvalidArgumentError
from minikeras.compat.tensorflow.conversion import tensor
from minikeras.compat.tensorflow.dtypes import as_dtype
from minikeras.compat.tensorflow.io import binary, csv_fields, sparse_strings
from minikeras.compat.tensorflow.symbolic import symbolic
from minikeras.formats.protobuf.tensor_message import read_tensor, written_tensor

__all__ = [
    "decode_csv",
    "decode_raw",
    "parse_tensor",
    "serialize_sparse",
    "serialize_tensor",
]


def _raw_spec(input_bytes, out_type, little_endian=True, fixed_length=None, name=None):
    dtype = as_dtype(out_type).name
    return KerasTensor((*input_bytes.shape, binary.raw_length(dtype, fixed_length)), dtype)


def _all_at_once(function, rows, strings, *args, **kwargs):
    return function(strings, *args, **kwargs)


@symbolic(output_spec=_raw_spec, on_rows=_all_at_once)
def decode_raw(input_bytes, out_type, little_endian=True, fixed_length=None, name=None):
    """The bytes of each string read as elements of a dtype, along a new last axis.

    Args:
        fixed_length: bytes of each string to read; shorter ones are padded with zeros.
    """
    return binary.decode_raw(input_bytes, as_dtype(out_type).name, little_endian, fixed_length)


def decode_csv(
    records, record_defaults, field_delim=",", use_quote_delim=True, na_value="", select_cols=None, name=None
):
    """The columns of lines of comma-separated values, as a list of tensors of the shape of `records`.

    Args:
        record_defaults: for each column a value (or a list of one) for empty fields, whose dtype the column has; a
            dtype, or an empty tensor, if the field must not be empty.
        use_quote_delim: whether "…" may enclose a field.
        na_value: an additional value that is treated as empty.
        select_cols: indices of the selected columns.
    """
    defaults = [column_default(value) for value in record_defaults]
    return csv_fields.decode_csv(records, defaults, field_delim, use_quote_delim, na_value, select_cols)


def column_default(value):
    """(dtype name, default or None) of a column, from TensorFlow's notations."""
    if not isinstance(value, (list, tuple)) and not hasattr(value, "array") and hasattr(value, "as_numpy_dtype"):
        return value.name, None
    converted = tensor(value)
    flat = converted.array.ravel()
    return str.__str__(converted.dtype), flat[0] if flat.size else None


def serialize_tensor(tensor, name=None):
    """A tensor as a string, in TensorFlow's format (a TensorProto)."""
    return string_tensor(written_tensor(_as_array(tensor)))


def _as_array(x):
    return tensor(x).array


def parse_tensor(serialized, out_type, name=None):
    """The tensor in a string of `serialize_tensor`.

    Raises:
        InvalidArgumentError: the string contains no tensor, or one of another dtype.
    """
    parsed = Tensor(read_tensor(byte_strings(serialized)[()]))
    found, wanted = str.__str__(parsed.dtype), as_dtype(out_type).name
    if found != wanted:
        raise InvalidArgumentError(None, None, f"Type mismatch between parsed tensor ({found}) and dtype ({wanted})")
    return parsed


def serialize_sparse(sp_input, out_type="string", name=None):
    """A SparseTensor as a vector of three strings: its positions, values and shape, each a TensorProto."""
    _check_is_string(out_type)
    return string_tensor(sparse_strings.written(sp_input))


def _check_is_string(out_type):
    if as_dtype(out_type).name != "string":
        raise ValueError(f"SparseTensors are written as strings: `out_type` must be tf.string. Received: {out_type}")
