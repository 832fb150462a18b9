"""`DataFrameIterator`: images whose file names and labels are in a pandas table; `flow_from_dataframe` returns it."""

import os
import warnings

import numpy as np

from minikeras.messages import print_message
from minikeras.preprocessing.image.file_iterator import FileIterator, part_of

OF_CLASSES = ("binary", "categorical", "sparse")  # the modes whose labels are names of classes


class DataFrameIterator(FileIterator):
    """Batches of the images that the rows of a table name.

    The arguments are those of `ImageDataGenerator.flow_from_dataframe`; the attributes those of `DirectoryIterator`.
    """

    allowed_class_modes = ("binary", "categorical", "input", "multi_output", "raw", "sparse", None)

    def __init__(
        self,
        dataframe,
        directory=None,
        image_data_generator=None,
        x_col="filename",
        y_col="class",
        weight_col=None,
        target_size=(256, 256),
        color_mode="rgb",
        classes=None,
        class_mode="categorical",
        batch_size=32,
        shuffle=True,
        seed=None,
        data_format="channels_last",
        save_to_dir=None,
        save_prefix="",
        save_format="png",
        subset=None,
        interpolation="nearest",
        keep_aspect_ratio=False,
        dtype="float32",
        validate_filenames=True,
    ):
        self.set_processing_attrs(
            image_data_generator,
            target_size,
            color_mode,
            data_format,
            save_to_dir,
            save_prefix,
            save_format,
            subset,
            interpolation,
            keep_aspect_ratio,
        )
        self.directory = directory or ""
        self.dtype = dtype
        self.class_mode = class_mode
        self.check_class_mode()
        self._check_columns(dataframe, x_col, y_col, weight_col, classes)
        table = self._valid_rows(dataframe, x_col) if validate_filenames else dataframe
        of_classes = class_mode in OF_CLASSES
        if of_classes:
            table, names = _rows_of_classes(table, y_col, classes)
            self.class_indices = {name: number for number, name in enumerate(names)}
        table = table.iloc[part_of(len(table), self.split)]
        if of_classes:
            self.classes = [self._numbers(label) for label in table[y_col]]
        elif class_mode == "multi_output":
            self._targets = [np.array(table[column].tolist()) for column in y_col]
        elif class_mode == "raw":
            self._targets = table[y_col].values
        self.sample_weight = table[weight_col].values if weight_col else None
        self.filenames = table[x_col].tolist()
        self.filepaths = [os.path.join(self.directory, name) for name in self.filenames]
        self.samples = len(self.filenames)
        found = f"Found {self.samples} {'validated' if validate_filenames else 'non-validated'} image filenames"
        print_message(f"{found} belonging to {len(names)} classes." if of_classes else f"{found}.")
        super().__init__(self.samples, batch_size, shuffle, seed)

    @property
    def labels(self):
        """What each image is labelled with."""
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
            warnings.warn(
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
            warnings.warn(f'`classes` has no effect with class_mode="{mode}".')
        if weight_col and not np.issubdtype(table[weight_col].dtype, np.number):
            raise TypeError(f"Column weight_col={weight_col} must be numeric.")


def _rows_of_classes(table, y_col, classes):
    """(rows, names of the classes): with `classes` given, other labels and rows without any left are dropped."""
    if not classes:
        labels = [label if isinstance(label, (list, tuple)) else [label] for label in table[y_col]]
        return table.dropna(subset=[y_col]), sorted({name for names in labels for name in names})
    names = list(dict.fromkeys(classes))

    def kept(label):
        if isinstance(label, (list, tuple)):
            return [name for name in label if name in names] or None
        return label if label in names else None

    return table.assign(**{y_col: table[y_col].map(kept)}).dropna(subset=[y_col]), names
