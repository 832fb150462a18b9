"""`CsvDataset` and `make_csv_dataset`: the columns of files of comma-separated values."""

import csv

import numpy as np

from minikeras.autodiff.tensor import Tensor, string_tensor
from minikeras.compat.tensorflow.data.dataset import Dataset
from minikeras.compat.tensorflow.io.decoding import decode_csv
from minikeras.data.pipeline.files import CsvLines, matching_files
from minikeras.data.pipeline.stage import stage_of
from minikeras.strings.elementwise import text


class CsvDataset(Dataset):
    """Tuples of tensors, one for each column: see `tf.io.decode_csv` on `record_defaults` and the others.

    Args:
        filenames: one name or several.
        compression_type: "" or None, "GZIP" or "ZLIB".
        buffer_size: how TensorFlow reads ahead; without effect.
        header: whether the first line of each file holds names.
        select_cols, exclude_cols: numbers of the columns wanted, or not.
    """

    def __init__(
        self,
        filenames,
        record_defaults,
        compression_type=None,
        buffer_size=None,
        header=False,
        field_delim=",",
        use_quote_delim=True,
        na_value="",
        select_cols=None,
        exclude_cols=None,
    ):
        if select_cols is not None and exclude_cols is not None:
            raise ValueError("Give either `select_cols` or `exclude_cols`, not both.")

        def columns(line):
            selected = select_cols
            if exclude_cols is not None:
                total = len(next(csv.reader([text(line.array[()])], delimiter=field_delim)))
                selected = [i for i in range(total) if i not in exclude_cols]
            return tuple(decode_csv(line, record_defaults, field_delim, use_quote_delim, na_value, selected))

        lines = Dataset(CsvLines(filenames, compression_type, header, use_quote_delim))
        super().__init__(stage_of(lines.map(columns)))


def make_csv_dataset(
    file_pattern,
    batch_size,
    column_names=None,
    column_defaults=None,
    label_name=None,
    select_columns=None,
    field_delim=",",
    use_quote_delim=True,
    na_value="",
    header=True,
    num_epochs=None,
    shuffle=True,
    shuffle_buffer_size=10000,
    shuffle_seed=None,
    prefetch_buffer_size=None,
    num_parallel_reads=None,
    sloppy=False,
    num_rows_for_inference=100,
    compression_type=None,
    ignore_errors=False,
    encoding="utf-8",
):
    """Batches of CSV files as dicts {column name: tensor}, or pairs (dict, label) with `label_name`.

    Args:
        file_pattern: one or several, which may have *, ? and [].
        column_names: of the first file's header if None.
        column_defaults: dtype or default value of each column wanted; found from the first rows if None.
        select_columns: names or numbers of the columns wanted.
        num_epochs: how often the data are repeated, without end if None.
        num_rows_for_inference: how many rows to look at for the dtypes; all if None.
        prefetch_buffer_size, num_parallel_reads, sloppy: how TensorFlow reads ahead; without effect.
        encoding: of the header.

    Raises:
        ValueError: no files, unknown columns.
    """
    files = [name.decode() for name in matching_files(file_pattern)]
    if not files:
        raise ValueError(f"`file_pattern` matches no file. Received: {file_pattern}")
    reading = {"delimiter": field_delim, "quoting": csv.QUOTE_MINIMAL if use_quote_delim else csv.QUOTE_NONE}
    if column_names is None:
        if not header:
            raise ValueError("Cannot infer column names without a header line. Give `column_names`.")
        column_names = _first_row(files[0], reading, encoding, compression_type)
    selected = _selected(column_names, select_columns)
    names = [column_names[i] for i in selected]
    if label_name is not None and label_name not in names:
        raise ValueError(f"`label_name` provided must be one of the columns. Received: {label_name}")
    if column_defaults is None:
        rows = _rows(files, reading, header, compression_type, na_value, num_rows_for_inference)
        column_defaults = [_inferred([row[i] for row in rows], na_value) for i in selected]
    elif len(column_defaults) == len(column_names) != len(selected):
        column_defaults = [column_defaults[i] for i in selected]

    def columns(lines):
        values = decode_csv(lines, column_defaults, field_delim, use_quote_delim, na_value, selected)
        features = dict(zip(names, values, strict=True))
        return features if label_name is None else (features, features.pop(label_name))

    dataset = Dataset(CsvLines(files, compression_type, header, use_quote_delim))
    if shuffle:
        dataset = dataset.shuffle(shuffle_buffer_size, shuffle_seed)
    dataset = dataset.repeat(num_epochs).batch(batch_size, drop_remainder=num_epochs is None).map(columns)
    return dataset.ignore_errors() if ignore_errors else dataset


def _first_row(name, reading, encoding, compression):
    first = next(iter(CsvLines(name, compression)))
    return next(csv.reader([first.array[()].decode(encoding)], **reading))


def _rows(names, reading, header, compression, na_value, limit):
    lines = CsvLines(names, compression, header)
    texts = (text(line.array[()]) for line in lines)
    rows = csv.reader(texts, **reading)
    return list(rows) if limit is None else [row for _, row in zip(range(limit), rows, strict=False)]


def _selected(column_names, select_columns):
    if select_columns is None:
        return list(range(len(column_names)))
    numbers = [
        c if isinstance(c, int) else column_names.index(c) if c in column_names else None for c in select_columns
    ]
    if None in numbers:
        raise ValueError(f"`select_columns` must be among {column_names}. Received: {select_columns}")
    return sorted(numbers)


def _inferred(fields, na_value):
    """The default of a column, of the narrowest dtype that its fields have: int32, int64, float32, float64, string."""
    for dtype in ("int32", "int64", "float32", "float64"):
        if all(_fits(field, dtype) for field in fields if field not in ("", na_value)):
            return Tensor(np.zeros(1, dtype))
    return string_tensor([""])


def _fits(field, dtype):
    try:
        if "int" in dtype:
            return np.iinfo(dtype).min <= int(field) <= np.iinfo(dtype).max
        return bool(np.isfinite(np.asarray(float(field)).astype(dtype)) or not np.isfinite(float(field)))
    except ValueError:
        return False
