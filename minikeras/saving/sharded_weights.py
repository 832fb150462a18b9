"""Weights in several HDF5 files of limited size: `model.save_weights("w.weights.json", max_shard_size=2)`.

    w.weights.json           {"metadata": {"total_size": bytes}, "weight_map": {"/layers/dense/vars": file or files, …}}
    w_00000.weights.h5       arrays, in the same groups as in a single file
    w_00001.weights.h5       …

The layout is Keras's own. A group whose arrays do not fit into one file continues in the next.
"""

import json
import os
from contextlib import ExitStack
from pathlib import Path

from minikeras.base.limits import LimitExceededError, parse_json
from minikeras.base.messages import warn
from minikeras.formats.budget import check_json_size, file_budget
from minikeras.formats.hdf5 import hdf5_image, open_hdf5
from minikeras.formats.replacing import replacing
from minikeras.formats.unreadable import open_file, unreadable, unsafe
from minikeras.saving.state import read_state, stored_groups, write_group

GIB = 1024**3
WANTED = "a table of the files of a model's weights"


def write_weights(model, filepath, max_shard_size, objects_to_skip=None):
    """Write the state of a model into as many files as it needs.

    All of them are complete before the first replaces an earlier one; the table is replaced last.

    Args:
        max_shard_size: maximum size of the arrays in a file, in GiB.

    Raises:
        ValueError: a single array is larger.
    """
    path = Path(filepath)
    if path.suffix != ".json":
        path = path.with_suffix(".json")
        warn(f"The table of the files with the weights is written to '{path}'.")
    shards, total = _shared_out(stored_groups(model, objects_to_skip), max_shard_size * GIB)
    positions = {}
    with ExitStack() as replaced_at_the_end:
        table = replaced_at_the_end.enter_context(replacing(path))
        for index, shard in enumerate(shards):
            name = f"{path.stem.replace('.weights', '')}_{index:05}.weights.h5"
            unfinished = replaced_at_the_end.enter_context(replacing(path.with_name(name)))
            unfinished.write_bytes(hdf5_image(lambda file, shard=shard: _write_shard(file, shard)))
            for group in shard:
                positions.setdefault(f"/{group}", []).append(name)
        weight_map = {group: names[0] if len(names) == 1 else names for group, names in positions.items()}
        table.write_text(json.dumps({"metadata": {"total_size": total}, "weight_map": weight_map}, indent=4))


def _shared_out(groups, limit):
    """([{group: (name, {key: array})} for each file], bytes of all arrays)"""
    shards, size, total = [{}], 0, 0
    for group, name, store in groups:
        for key, array in store.items():
            if array.nbytes > limit:
                raise ValueError(
                    f"The array '{group}/{key}' has {array.nbytes} bytes, more than a file may have by `max_shard_size`"
                    f" ({limit / GIB:g} GiB). Allow files of {array.nbytes / GIB:g} GiB at least."
                )
            if size + array.nbytes > limit:
                shards.append({})
                size = 0
            size, total = size + array.nbytes, total + array.nbytes
            shards[-1].setdefault(group, (name, {}))[1][key] = array
    return shards, total


def _write_shard(file, shard):
    for group, (name, store) in shard.items():
        write_group(file, group, name, store)


def read_weights(model, filepath, skip_mismatch=False, objects_to_skip=None):
    """Set the state of a model from such files: everything, or nothing if a part does not match.

    Raises:
        FileNotFoundError: a file is missing.
        UnreadableFileError: the table or a file is damaged, or the table names a file in another folder.
    """
    paths = _files_of(filepath)
    size = sum(os.path.getsize(path) for path in (filepath, *paths) if os.path.exists(path))
    with ExitStack() as opened:
        files = [opened.enter_context(open_hdf5(path, "a file of Keras weights")) for path in paths]
        read_state(
            model,
            _Joined("", files),
            filepath,
            file_budget(filepath, size),
            skip_mismatch=skip_mismatch,
            objects_to_skip=objects_to_skip,
        )


def _files_of(filepath):
    """The paths of the files in the table, which are next to it."""
    with open_file(filepath, WANTED) as file:
        check_json_size(filepath, os.path.basename(filepath), os.path.getsize(filepath))
        text = file.read()
    try:
        weight_map = parse_json(text)["weight_map"]
        names = {name for group in weight_map.values() for name in (group if isinstance(group, list) else [group])}
    except (ValueError, TypeError, KeyError, AttributeError, LimitExceededError) as error:
        raise unreadable(filepath, WANTED, f"{type(error).__name__}: {str(error)[:200]}") from error
    for name in names:
        if not isinstance(name, str) or os.path.basename(name) != name or not name.endswith(".weights.h5"):
            raise unsafe(filepath, f"it names {str(name)[:100]!r}, which is not a file of weights next to it")
    return [Path(filepath).with_name(name) for name in sorted(names)]


class _Joined:
    """Groups of one path in several files as one group, with the interface of `Group` that `StateReader` needs.

    Attributes:
        path: of all of them.
    """

    def __init__(self, path, groups):
        self.path, self._groups = path, groups

    def __iter__(self):
        return iter(dict.fromkeys(name for group in self._groups for name in group))

    def __len__(self):
        return len(list(iter(self)))

    def __contains__(self, name):
        return any(name in group for group in self._groups)

    def group(self, path):
        """The group at a path inside; None if no file has one."""
        found = [inner for inner in (group.group(path) for group in self._groups) if inner is not None]
        return _Joined(found[0].path, found) if found else None

    def array(self, name):
        """The array of this name, from the first file that has it."""
        return next((array for array in (group.array(name) for group in self._groups) if array is not None), None)

    def arrays(self):
        """{name: array} of the arrays directly in the group."""
        return {name: array for group in reversed(self._groups) for name, array in group.arrays().items()}

    def groups(self):
        """The group at the top and all below it, each path once."""
        below = dict.fromkeys(inner.path for group in self._groups for inner in group.groups() if inner.path)
        return [self, *map(self.group, below)]
