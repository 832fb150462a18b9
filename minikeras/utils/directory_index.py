"""The files of a directory with their labels, in Keras's order: the base of `…_dataset_from_directory`.

    directory/cats/a.png, directory/cats/more/b.png, directory/dogs/c.png   →   labels 0, 0, 1 and classes cats, dogs

Files are sorted by folder, then by name, and shuffled by NumPy's RandomState of the seed. A link is followed only
inside the directory, unless `follow_links` permits more: no other file is opened.
"""

import numbers
import os
import stat
from typing import NamedTuple

import numpy as np

from minikeras.base.messages import print_message
from minikeras.base.suggestions import did_you_mean


class LabeledFiles(NamedTuple):
    """Paths, one label for each (None: no labels), and the names of the classes (None: no labels)."""

    paths: list
    labels: np.ndarray | None
    class_names: list | None


def index_directory(directory, labels, extensions, class_names, shuffle, seed, follow_links, verbose):
    """`LabeledFiles` of a directory.

    Args:
        directory: path.
        labels: "inferred" for the number of the subdirectory, a list of one label per file, or None.
        extensions: tuple of lower-case endings of the files' names.
        class_names: the subdirectories to use, in this order; None for all, sorted.
        shuffle, seed: whether to shuffle the files by the seed.
        follow_links: whether links may lead out of the directory, and linked subfolders are entered.
        verbose: whether to print how many files there are.

    Raises:
        NotADirectoryError, FileNotFoundError: `directory` is not a directory; ValueError if there are no labels, as in
            Keras, which finds no files then.
        ValueError: the classes or labels do not match the files; a link leads out of the directory.
    """
    directory = _checked_directory(directory, labels)
    names = _classes(directory, class_names) if isinstance(labels, str) else [""]
    per_class = [_files_below(directory, name, extensions, follow_links) for name in names]
    paths = [path for files in per_class for path in files]
    if isinstance(labels, str):
        labels = np.repeat(np.arange(len(names), dtype="int32"), [len(files) for files in per_class])
    elif labels is None:
        names = None
    else:
        _check_labels(labels, paths, directory)
        names = [str(label) for label in sorted(set(labels))]
        labels = np.asarray(labels)
        labels = labels.astype("int32") if labels.dtype.kind in "iub" else labels
    if verbose:
        print_message(f"Found {len(paths)} files" + ("." if names is None else f" belonging to {len(names)} classes."))
    if shuffle:
        order = np.random.RandomState(seed).permutation(len(paths))
        paths, labels = [paths[i] for i in order], None if labels is None else labels[order]
    return LabeledFiles(paths, labels, names)


def _checked_directory(directory, labels):
    if not isinstance(directory, (str, bytes, os.PathLike)):
        raise TypeError(f"`directory` must be the path of a folder. Received: directory={directory!r}")
    directory = os.fsdecode(directory)
    if not os.path.isdir(directory):
        kind, error = ("a file", NotADirectoryError) if os.path.exists(directory) else ("missing", FileNotFoundError)
        error = error if isinstance(labels, str) else ValueError
        raise error(f"`directory` must be an existing folder, but {directory!r} is {kind}. Correct the path.")
    return directory


def _classes(directory, class_names):
    folders = sorted(
        name for name in os.listdir(directory)
        if not name.startswith(".") and os.path.isdir(os.path.join(directory, name))
    )  # fmt: skip
    if class_names is None:
        return folders
    for name in class_names:
        if name not in folders:
            raise ValueError(
                f"The `class_names` passed did not match the subdirectories: {name!r}, but "
                f"{directory!r} has no subdirectory of that name; it has "
                f"{folders}.{did_you_mean(str(name), folders)} Rename the folder or correct `class_names`."
            )
    return list(class_names)


def _files_below(directory, folder, extensions, follow_links):
    """The paths of a class's files, sorted by folder and name."""
    top = os.path.join(directory, folder)
    found = []
    for root, _, files in sorted(os.walk(top, followlinks=follow_links), key=lambda entry: entry[0]):
        below = os.path.relpath(root, top)
        root = os.path.join(directory, folder, *([] if below == "." else [below]))
        found += [os.path.join(root, name) for name in sorted(files) if name.lower().endswith(extensions)]
    _check_files(directory, [top, *found], follow_links)
    return found


def _check_files(directory, paths, follow_links):
    """Let only files and folders be opened (a named pipe has no end), and those outside only with permission."""
    real = os.path.join(os.path.realpath(directory), "")
    for path in paths:
        mode = os.lstat(path).st_mode
        is_link = stat.S_ISLNK(mode)
        if is_link and os.path.exists(path):
            mode = os.stat(path).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode)):
            raise ValueError(f"{path!r} is a pipe, socket or device, no file. Remove it from the folder.")
        if is_link and not follow_links and not os.path.realpath(path).startswith(real):
            raise ValueError(
                f"{path!r} is a link to {os.path.realpath(path)!r}, outside of {directory!r}. Pass follow_links=True "
                "if it may be opened, or remove the link."
            )


def _check_labels(labels, paths, directory):
    if len(labels) != len(paths):
        raise ValueError(
            "Expected the lengths of `labels` to match the files. "
            f"Received: {len(labels)} labels, but {directory!r} has "
            f"{len(paths)} files of the right kind. Sort the labels like the files' paths."
        )


def check_validation_split(validation_split, subset, shuffle, seed):
    """Raises ValueError (TypeError for a share that is not a number) unless these arguments fit together."""
    is_number = isinstance(validation_split, numbers.Real)
    if validation_split is not None and not (is_number and 0 <= validation_split < 1):
        raise (ValueError if is_number else TypeError)(
            f"`validation_split` must lie between 0 and 1. Received: validation_split={validation_split!r}"
        )
    if subset not in ("training", "validation", "both", None):
        raise ValueError(
            f"`subset` must be 'training', 'validation', 'both' or None. Received: subset={subset!r}."
            f"{did_you_mean(str(subset), ('training', 'validation', 'both'))}"
        )
    if bool(validation_split) != (subset is not None):
        raise ValueError(
            "If `subset` is set, `validation_split` must be, too, and inversely. "
            f"Received: validation_split={validation_split}, subset={subset!r}"
        )
    if validation_split and shuffle and seed is None:
        raise ValueError(
            "If using `validation_split` and shuffling, you must provide a `seed`; without one, "
            "training and validation files "
            "would overlap. Pass the same `seed` for both subsets, or shuffle=False."
        )


def split_files(files, validation_split, subset, directory):
    """The first files for training, or the last share for validation; all if `validation_split` is 0 or None.

    Raises:
        ValueError: none is left.
    """
    if not validation_split:
        return files
    for_validation = int(validation_split * len(files.paths))
    for_training = len(files.paths) - for_validation
    count = for_training if subset == "training" else for_validation
    print_message(f"Using {count} files for {subset}.")
    if not for_validation:
        raise ValueError(
            f"`validation_split={validation_split}` of the {len(files.paths)} files in {directory!r} is less than one "
            "file. Add files or pass a larger share."
        )
    kept = slice(0, for_training) if subset == "training" else slice(for_training, None)
    return LabeledFiles(files.paths[kept], None if files.labels is None else files.labels[kept], files.class_names)
