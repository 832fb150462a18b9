"""Zip archives, whose members are read one by one and within a budget.

Reading a member ends at its declared size, so the budget counts that. Members that are not read
cost nothing.
"""

import os
import zipfile
from collections import Counter
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from minikeras.formats.budget import file_budget
from minikeras.formats.unreadable import UnreadableFileError, open_file, unreadable, unsafe

PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the others decompress more at once than one asks for
LONGEST_NAME, DEEPEST = 255, 32  # bytes in the name of a file; folders within folders
COPIED_AT_ONCE = 1 << 20


@contextmanager
def open_zip(path, wanted):
    """The `ZipArchive` of a file.

    Args:
        path: of the file.
        wanted: the kind of file it should be, such as "a `.keras` archive".

    Raises:
        FileNotFoundError: it is not there.
        UnreadableFileError: it is damaged, of another kind, or asks for too much; while it is used, too.
    """
    with open_file(path, wanted) as file:
        yield ZipArchive(file, os.fspath(path), wanted)


class ZipArchive:
    """The members of a zip archive.

    Attributes:
        size: of the file, in bytes.
        budget: `Budget` of all that is read from it.
        names: of its members, in order.
    """

    def __init__(self, file, path, wanted):
        self.path, self._wanted = path, wanted
        self.size = os.fstat(file.fileno()).st_size
        self.budget = file_budget(path, self.size)
        with self.reading("its table of contents"):
            self._archive = zipfile.ZipFile(file)
        self.names = self._archive.namelist()
        self._times = Counter(self.names)

    @contextmanager
    def reading(self, what):
        """A context that raises every error as an `UnreadableFileError` about the file."""
        try:
            yield
        except UnreadableFileError:
            raise
        except Exception as error:  # zipfile raises its own, zlib's, struct's, those of codecs, of missing keys …
            reason = f"{what} cannot be read: {type(error).__name__}: {str(error)[:200]}"
            raise unreadable(self.path, self._wanted, reason) from error

    def size_of(self, name):
        """How many bytes a member has when it is decompressed."""
        return self._info(name).file_size

    def read(self, name):
        """The bytes of a member.

        Raises:
            UnreadableFileError: it is missing, twice there, damaged, or too large.
        """
        size = self.size_of(name)
        self.budget.spend(size, f"its '{name}'")
        with self.reading(f"'{name}'"), self.open(name) as member:
            content = member.read()
        if len(content) != size:
            raise self.damaged(f"'{name}' is cut off")
        return content

    def open(self, name):
        """A member, open for reading no more than the size that it declares; for use within `reading`."""
        return self._archive.open(self._info(name))

    def extract(self, names, folder):
        """Write members under their names, which `check_names` has seen, into a folder.

        Raises:
            UnreadableFileError: they are damaged, or too large together.
            OSError: the disk is full.
        """
        files = [name for name in names if not name.endswith("/")]
        for name in files:
            self.budget.spend(self.size_of(name), f"its '{name}'")
        for name in files:
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            with self.reading(f"'{name}'"):
                member = self.open(name)
            with member, open(path, "xb") as copy:
                while part := self._part(member, name):
                    copy.write(part)

    def _part(self, member, name):
        with self.reading(f"'{name}'"):
            return member.read(COPIED_AT_ONCE)

    def check_names(self, names):
        """Check that members can be written under their names without leaving a folder.

        Raises:
            UnreadableFileError: one is a link, leads elsewhere, is too long, or is inside another that is a file.
        """
        for name in names:
            is_link = (self._info(name).external_attr >> 16) & 0o170000 == 0o120000
            parts = PurePosixPath(name).parts
            if is_link or name.startswith("/") or ".." in parts or "\\" in name or ":" in name:
                raise unsafe(self.path, f"its member '{name}' would be written to another place than its own")
            if len(parts) > DEEPEST or any(len(os.fsencode(part)) > LONGEST_NAME for part in parts):
                raise unsafe(self.path, f"its member '{name[:80]}…' has too long a name, or is in too many folders")
            if any("/".join(parts[:i]) in self._times for i in range(1, len(parts))):
                raise self.damaged(f"'{name}' is inside a member that is not a folder")

    def _info(self, name):
        if not self._times[name]:
            raise self.damaged(f"it holds no {name}, only {self.names[:5]}")
        if self._times[name] > 1:
            raise self.damaged(f"it holds {self._times[name]} members of the name {name}")
        info = self._archive.getinfo(name)
        if info.flag_bits & 1 or info.compress_type not in PLAIN:
            raise self.damaged(f"'{name}' is encrypted, or compressed by another method than deflate")
        return info

    def damaged(self, reason):
        """The error for an archive of another kind."""
        return unreadable(self.path, self._wanted, reason)
