"""Stages of CSV files: which columns there are, their dtypes, and lines as tuples or dicts of columns."""

from minikeras.compat.tensorflow.io.csv_fields import decode_csv, fields_of, inferred_default, rows_of
from minikeras.data.pipeline.files import CsvLines
from minikeras.tensors.strings.elementwise import text


class CsvColumns:
    """How the lines of CSV files are read.

    Args:
        names: of the files.
        compression: "" or None, "GZIP" or "ZLIB".
        header: whether the first line of each file holds names.
        delimiter: between the fields.
        quoted: whether "…" may enclose a field.
        na_value: what counts as an empty field, besides nothing.
    """

    def __init__(self, names, compression=None, header=False, delimiter=",", quoted=True, na_value=""):
        self.names, self.compression, self.header = names, compression, header
        self.delimiter, self.quoted, self.na_value = delimiter, quoted, na_value

    def lines(self):
        """The stage of the lines of all files."""
        return CsvLines(self.names, self.compression, self.header, self.quoted)

    def decode(self, lines, defaults, selected=None):
        """The columns of a string tensor of lines; see `decode_csv`."""
        return decode_csv(lines, defaults, self.delimiter, self.quoted, self.na_value, selected)

    def all_but(self, line, excluded):
        """The numbers of the columns of a line (a string tensor without axes) that are not in `excluded`."""
        count = len(fields_of(line.array[()], self.delimiter, self.quoted))
        return [i for i in range(count) if i not in excluded]

    def column_names(self, encoding="utf-8"):
        """The fields of the first line of the first file.

        Raises:
            ValueError: the files have no header.
        """
        if not self.header:
            raise ValueError("Cannot infer column names without a header line. Give `column_names`.")
        first = next(iter(CsvLines(self.names[:1], self.compression)))
        return next(rows_of([first.array[()].decode(encoding)], self.delimiter, self.quoted))

    def inferred_defaults(self, selected, limit=None):
        """`inferred_default` of the selected columns, from the first `limit` rows (all if None)."""
        rows = rows_of((text(line.array[()]) for line in self.lines()), self.delimiter, self.quoted)
        rows = list(rows) if limit is None else [row for _, row in zip(range(limit), rows, strict=False)]
        return [inferred_default([row[i] for row in rows], self.na_value) for i in selected]


def selected_columns(names, wanted=None):
    """The numbers, in ascending order, of columns given by name or number; all if None.

    Raises:
        ValueError: there is no column of that name.
    """
    if wanted is None:
        return list(range(len(names)))
    numbers = [c if isinstance(c, int) else names.index(c) if c in names else None for c in wanted]
    if None in numbers:
        raise ValueError(f"`select_columns` must be among {names}. Received: {wanted}")
    return sorted(numbers)
