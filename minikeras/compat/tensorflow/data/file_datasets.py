"""Data sets of files: lines, records, CSV files, and files of Examples.

How CSV files are read: `minikeras/compat/tensorflow/data/csv_columns.py`.
"""

from minikeras.compat.tensorflow.data.csv_columns import CsvColumns, selected_columns
from minikeras.compat.tensorflow.data.dataset import Dataset
from minikeras.compat.tensorflow.io.decoding import column_default
from minikeras.data.pipeline.files import FixedLengthRecords, Records, TextLines, matching_files
from minikeras.data.pipeline.stage import stage_of

_ARGUMENTS = """

    Args:
        filenames: one name or several, or a data set of them.
        compression_type: "" or None, "GZIP" or "ZLIB".
        buffer_size, num_parallel_reads: how TensorFlow reads ahead; without effect, since files are always read one
            after the other.
    """


class TextLineDataset(Dataset):
    __doc__ = "The lines of text files, without their ends." + _ARGUMENTS

    def __init__(self, filenames, compression_type=None, buffer_size=None, num_parallel_reads=None, name=None):
        super().__init__(TextLines(filenames, compression_type))


class TFRecordDataset(Dataset):
    __doc__ = "The records of TFRecord files, as strings." + _ARGUMENTS

    def __init__(self, filenames, compression_type=None, buffer_size=None, num_parallel_reads=None, name=None):
        super().__init__(Records(filenames, compression_type))


class FixedLengthRecordDataset(Dataset):
    __doc__ = "Strings of `record_bytes` bytes, between a header and a footer that are passed over." + _ARGUMENTS

    def __init__(
        self,
        filenames,
        record_bytes,
        header_bytes=None,
        footer_bytes=None,
        buffer_size=None,
        compression_type=None,
        num_parallel_reads=None,
        name=None,
    ):
        super().__init__(FixedLengthRecords(filenames, record_bytes, header_bytes, footer_bytes, compression_type))


class CsvDataset(Dataset):
    """Tuples of tensors, one for each column: see `tf.io.decode_csv` on `record_defaults` and the others.

    Args:
        filenames: one name or several.
        compression_type: "" or None, "GZIP" or "ZLIB".
        buffer_size: for TensorFlow's prefetching; without effect.
        header: whether the first line of each file contains names.
        select_cols, exclude_cols: indices of the columns to include, or exclude.
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
        reader = CsvColumns(filenames, compression_type, header, field_delim, use_quote_delim, na_value)
        defaults = [column_default(value) for value in record_defaults]

        def columns(line):
            selected = select_cols if exclude_cols is None else reader.all_but(line, exclude_cols)
            return tuple(reader.decode(line, defaults, selected))

        super().__init__(stage_of(Dataset(reader.lines()).map(columns)))


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
        column_names: those of the first file's header if None.
        column_defaults: dtype or default value of each selected column; inferred from the first rows if None.
        select_columns: names or indices of the selected columns.
        num_epochs: how often the data are repeated, infinitely if None.
        num_rows_for_inference: how many rows to read for the dtypes; all if None.
        prefetch_buffer_size, num_parallel_reads, sloppy: for TensorFlow's prefetching; without effect.
        encoding: of the header.

    Raises:
        ValueError: no files, unknown columns.
    """
    files = [name.decode() for name in matching_files(file_pattern)]
    if not files:
        raise ValueError(f"`file_pattern` matches no file. Received: {file_pattern}")
    reader = CsvColumns(files, compression_type, header, field_delim, use_quote_delim, na_value)
    column_names = reader.column_names(encoding) if column_names is None else column_names
    selected = selected_columns(column_names, select_columns)
    names = [column_names[i] for i in selected]
    if label_name is not None and label_name not in names:
        raise ValueError(f"`label_name` is not a column of the file. Received: label_name={label_name!r}")
    if column_defaults is None:
        defaults = reader.inferred_defaults(selected, num_rows_for_inference)
    else:
        if len(column_defaults) == len(column_names) != len(selected):
            column_defaults = [column_defaults[i] for i in selected]
        defaults = [column_default(value) for value in column_defaults]

    def columns(lines):
        features = dict(zip(names, reader.decode(lines, defaults, selected), strict=True))
        return features if label_name is None else (features, features.pop(label_name))

    dataset = Dataset(reader.lines())
    if shuffle:
        dataset = dataset.shuffle(shuffle_buffer_size, shuffle_seed)
    dataset = dataset.repeat(num_epochs).batch(batch_size, drop_remainder=num_epochs is None).map(columns)
    return dataset.ignore_errors() if ignore_errors else dataset
