"""What the tests of the cache of compiled code share, and the damages that a file of it may have."""

import os

import numpy as np
import pytest

from minikeras.kernels.machine import code_cache
from minikeras.kernels.machine.code_cache import Entry
from minikeras.kernels.registry import jit_disabled

CODE = bytes(range(256)) * 8
posix = pytest.mark.skipif(os.name != "posix", reason="owners and modes of files are POSIX's")
compiles = pytest.mark.skipif(jit_disabled(), reason="nothing is compiled")
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def forget():
    """Know nothing of the folder, as a new process."""
    code_cache.folder.cache_clear()
    code_cache._key_in.cache_clear()
    code_cache._remove_unfinished.cache_clear()
    code_cache._refused.clear()


def flip(position):
    def damage(file):
        content = bytearray(file.read_bytes())
        content[position] ^= 4
        file.write_bytes(content)

    return damage


def exchange(file):
    other = Entry("module.function2", "processor", "source")
    other.write(CODE[::-1])
    other.file.replace(file)


def put_older_code_here(file):
    older = Entry("module.function", "processor", "older source")
    older.write(CODE[::-1])
    older.file.replace(file)


def other_name(file):
    return file.with_name(f"other {file.name}.txt")


def link_in_a_circle(file):
    file.unlink()
    os.symlink(other_name(file), file)
    os.symlink(file, other_name(file))


def link_to_a_copy(file):
    file.replace(other_name(file))
    os.symlink(other_name(file), file)


def folder_in_place(file):
    file.unlink()
    (file / "inside").mkdir(parents=True)
    (file / "inside" / "file").write_text("text")


def pipe_in_place(file):
    file.unlink()
    os.mkfifo(file)


def huge(file):
    with open(file, "r+b") as opened:
        opened.truncate(1 << 40)  # without blocks on the disk


def of_another_user(file):
    os.chown(file, 1, -1)


DAMAGES = {
    "first bit of the checksum": flip(0),
    "last bit of the checksum": flip(code_cache.DIGEST_BYTES - 1),
    "first bit of the code": flip(code_cache.DIGEST_BYTES),
    "last bit of the code": flip(-1),
    "cut by a byte": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "cut to the checksum": lambda file: file.write_bytes(file.read_bytes()[: code_cache.DIGEST_BYTES]),
    "cut within the checksum": lambda file: file.write_bytes(file.read_bytes()[:7]),
    "a byte more": lambda file: file.write_bytes(file.read_bytes() + b"\0"),
    "empty": lambda file: file.write_bytes(b""),
    "noise": lambda file: file.write_bytes(np.random.default_rng(0).bytes(2000)),
    "zeros": lambda file: file.write_bytes(bytes(2000)),
    "another function's": exchange,
    "that of other source": put_older_code_here,
    "huge": huge,
    "a folder": folder_in_place,
}
if os.name == "posix":
    DAMAGES |= {
        "links in a circle": link_in_a_circle,
        "a link that leads nowhere": lambda file: (file.unlink(), os.symlink("nowhere", file)),
        "a link to a copy": link_to_a_copy,
        "a pipe": pipe_in_place,
    }
    if IS_ROOT:
        DAMAGES["another user's"] = of_another_user
    else:
        DAMAGES["unreadable"] = lambda file: file.chmod(0)
