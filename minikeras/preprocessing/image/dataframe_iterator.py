"""`DataFrameIterator`: images whose file names and labels are in a pandas DataFrame, from `flow_from_dataframe`."""

import os

import numpy as np

from minikeras.base.messages import print_message, warn
from minikeras.base.signatures import inherits_arguments
from minikeras.preprocessing.image.file_iterator import FileIterator, part_of

OF_CLASSES = ("binary", "categorical", "sparse")  # the modes whose labels are names of classes


class DataFrameIterator(FileIterator):
    """Batches of the images that the rows of a table name.

    The arguments are those of `ImageDataGenerator.flow_from_dataframe`; the attributes those of `DirectoryIterator`.
    """

    allowed_class_modes = ("binary", "categorical", "input", "multi_output", "raw", "sparse", None)

    @inherits_arguments(
        FileIterator,
        after={"data_format": "seed", "dtype": "keep_aspect_ratio", "validate_filenames": "dtype"},
    )
    def __init__(
        self,
        dataframe,
        directory=None,
        image_data_generator=None,
        x_col="filename",
        y_col="class",
        weight_col=None,
        *,
        data_format="channels_last",
        dtype="float32",
        validate_filenames=True,
        **kwargs,
    ):
        self.directory = directory or ""
        self._table, self._x_col, self._y_col, self._weight_col = dataframe, x_col, y_col, weight_col
        self._validates = validate_filenames
        super().__init__(image_data_generator, data_format=data_format, dtype=dtype, **kwargs)

    def find_files(self, classes):
        """Find the rows that have files and labels in `classes`, or any labels if it is None."""
        table, x_col, y_col, weight_col = self._table, self._x_col, self._y_col, self._weight_col
        del self._table  # the columns that are needed are stored separately
        self._check_columns(table, x_col, y_col, weight_col, classes)
        table = self._valid_rows(table, x_col) if self._validates else table
        of_classes = self.class_mode in OF_CLASSES
        if of_classes:
            table, names = _rows_of_classes(table, y_col, classes)
            self.class_indices = {name: number for number, name in enumerate(names)}
        table = table.iloc[part_of(len(table), self.split)]
        self._take_labels(table, y_col)
        self.sample_weight = table[weight_col].values if weight_col else None
        self.filenames = table[x_col].tolist()
        self.filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        kind = "validated" if self._validates else "non-validated"
        belonging = f" belonging to {len(names)} classes" if of_classes else ""
        print_message(f"Found {len(self.filepaths)} {kind} image filenames{belonging}.")

    def _take_labels(self, table, y_col):
        if self.class_mode in OF_CLASSES:
            self.classes = [self._numbers(label) for label in table[y_col]]
        elif self.class_mode == "multi_output":
            self._targets = [np.array(table[column].tolist()) for column in y_col]
        elif self.class_mode == "raw":
            self._targets = table[y_col].values

    @property
    def labels(self):
        """The label of each image."""
        return self._targets if self.class_mode in ("multi_output", "raw") else self.classes

    def _numbers(self, label):
        if isinstance(label, (list, tuple)):
            return [self.class_indices[name] for name in label]
        return self.class_indices[label]

    def _valid_rows(self, table, x_col):
        """The rows whose files exist and have one of the endings."""
        paths = (os.path.join(self.directory, name) for name in table[x_col])
        valid = np.array(
            [path.lower().endswith(self.white_list_formats) and os.path.isfile(path) for path in paths], bool
        )
        if not valid.all():
            warn(
                f'Found {(~valid).sum()} invalid image filename(s) in x_col="{x_col}". '
                "These filename(s) will be ignored."
            )
        return table[valid]

    def _check_columns(self, table, x_col, y_col, weight_col, classes):
        mode = self.class_mode
        if mode == "multi_output" and not isinstance(y_col, list):
            raise TypeError(f'If class_mode="{mode}", y_col must be a list. Received {type(y_col).__name__}.')
        if not all(isinstance(name, str) for name in table[x_col]):
            raise TypeError(f"All values in column x_col={x_col} must be strings.")
        kinds = {"binary": str, "sparse": str, "categorical": (str, list, tuple)}
        if mode in kinds and not all(isinstance(label, kinds[mode]) for label in table[y_col]):
            wanted = "type string, list or tuple" if mode == "categorical" else "strings"
            raise TypeError(f'If class_mode="{mode}", y_col="{y_col}" column values must be {wanted}.')
        if mode == "binary":
            found = len(set(classes)) if classes else table[y_col].nunique()
            if found != 2:
                raise ValueError(f'class_mode="binary" is for two classes. Found: {found} classes.')
        if classes and mode not in OF_CLASSES:
            warn(f'`classes` has no effect with class_mode="{mode}".')
        if weight_col and not np.issubdtype(table[weight_col].dtype, np.number):
            raise TypeError(f"Column weight_col={weight_col} must be numeric.")


def _rows_of_classes(table, y_col, classes):
    """(rows, names of the classes): if `classes` is given, other labels are dropped, and rows without labels too."""
    if not classes:
        labels = [label if isinstance(label, (list, tuple)) else [label] for label in table[y_col]]
        return table.dropna(subset=[y_col]), sorted({name for names in labels for name in names})
    names = list(dict.fromkeys(classes))

    def kept(label):
        if isinstance(label, (list, tuple)):
            return [name for name in label if name in names] or None
        return label if label in names else None

    return table.assign(**{y_col: table[y_col].map(kept)}).dropna(subset=[y_col]), names
