"""Files with a few wrong bytes: each is read, or refused by a documented error, with the model unchanged.

Bytes are flipped, overwritten, copied, removed, inserted or cut off; in archives also inside a member, whose checksum
is then right. The cases are the same in every run; a case that fails is made again from its number alone.
"""

import io
import random
import warnings
import zipfile
from collections import Counter
from pathlib import Path

import h5py
import pytest

from tests.security.children import Usage, run_in_child
from tests.security.hostile_case import MEGABYTE
from tests.security.subjects import plain, state_of, with_words
from tests.security.test_files_hostile import FORBIDDEN, kinds_of, load, write_good_files

CASES, CASES_IF_FULL, CASES_IF_LONG = 60, 250, 20_000  # of each kind of file
TIMEOUT, TIMEOUT_IF_LONG = 300, 7200
MAX_MEMORY = 130 * MEGABYTE
ENDINGS = (
    ".keras",
    ".words.keras",
    ".h5",
    ".weights.h5",
    ".words.weights.h5",
    ".gzip.weights.h5",
    ".npz",
    ".state.npz",
)
INTERESTING = (0, 1, 0x7F, 0x80, 0xFF)


def mutated(data, rng):
    """The bytes with something wrong."""
    data, at = bytearray(data), rng.randrange(len(data))
    kind = rng.random()
    if kind < 0.08:
        return bytes(data[:at])
    if kind < 0.12:
        return bytes(data[:at] + data[at + rng.choice((1, 2, 8, 100)) :])
    if kind < 0.16:
        return bytes(data[:at] + rng.randbytes(rng.choice((1, 8, 100))) + data[at:])
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        _overwrite(data, rng)
    return bytes(data)


def _overwrite(data, rng):
    at, kind = rng.randrange(len(data)), rng.random()
    if kind < 0.4:
        data[at] ^= 1 << rng.randrange(8)
    elif kind < 0.7:
        data[at] = rng.choice(INTERESTING)
    elif kind < 0.85:
        length, source = rng.choice((1, 2, 4, 8, 64)), rng.randrange(len(data))
        part = data[source : source + length]
        data[at : at + len(part)] = part
    else:
        data[at : at + 4] = b"\xff\xff\xff\xff"


def mutated_inside(data, rng):
    """An archive with something wrong in one of its members."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    chosen, memory = rng.choice([name for name in members if members[name]]), io.BytesIO()
    with zipfile.ZipFile(memory, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, content in members.items():
            archive.writestr(name, mutated(content, rng) if name == chosen else content)
    return memory.getvalue()


def fuzz(folder, first, count):
    """Load `count` cases of each kind, and yield those that fail and a summary. Runs in a child process."""
    warnings.simplefilter("ignore")
    for ending in ENDINGS:
        data, outcomes = Path(folder, f"good{ending}").read_bytes(), Counter()
        make = with_words if "words" in ending else plain
        path = Path(folder, f"case{ending}")
        model = make()
        before, usage = state_of(model), Usage()
        for number in range(first, first + count):
            rng = random.Random(f"{ending} {number}")
            inside = ending.endswith((".keras", ".npz")) and rng.random() < 0.7
            path.write_bytes((mutated_inside if inside else mutated)(data, rng))
            error = None
            try:
                load(model, path)
            except Exception as raised:
                error = raised
            kinds, changed = kinds_of(error), state_of(model) != before
            outcomes[kinds[0] if kinds else "read"] += 1
            if kinds and ("ValueError" not in kinds or FORBIDDEN.intersection(kinds) or changed):
                yield {"failed": f"{ending} {number}", "kinds": kinds, "message": str(error)[:500], "changed": changed}
            if changed:
                model = make()
        yield {"ending": ending, "outcomes": dict(outcomes), "memory": usage.so_far()[0]}


def write_compressed(source, path):
    """Write the arrays of an HDF5 file again, compressed, shuffled and with checksums."""
    how = {"compression": "gzip", "shuffle": True, "fletcher32": True, "chunks": True}

    def copy(name, item):
        if isinstance(item, h5py.Dataset):
            target.create_dataset(name, data=item[()], **(how if item.shape else {}))
        else:
            target.require_group(name).attrs.update(item.attrs)

    with h5py.File(source) as file, h5py.File(path, "w") as target:
        file.visititems(copy)


@pytest.fixture(scope="module")
def results(tmp_path_factory, request):
    """(cases that failed, {ending: summary})."""
    is_long = request.config.getoption("--long")
    short = CASES_IF_FULL if request.config.getoption("--full") else CASES
    count, timeout = (CASES_IF_LONG, TIMEOUT_IF_LONG) if is_long else (short, TIMEOUT)
    folder = tmp_path_factory.mktemp("fuzz")
    write_good_files(folder)
    write_compressed(folder / "good.weights.h5", folder / "good.gzip.weights.h5")
    with_words().save_weights(folder / "good.words.weights.h5")
    found = run_in_child(fuzz, str(folder), 0, count, timeout=timeout)
    failed = [result for result in found if "failed" in result]
    return failed, {result["ending"]: result for result in found if "ending" in result}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("ending", ENDINGS)
def test_files_with_wrong_bytes_are_read_or_refused(results, ending):
    failed, summaries = results
    assert not [case for case in failed if case["failed"].startswith(f"{ending} ")]
    outcomes = summaries[ending]["outcomes"]
    assert outcomes["read"] > 0
    assert sum(outcomes.values()) - outcomes["read"] > CASES / 5, "many cases are refused"
    assert summaries[ending]["memory"] < MAX_MEMORY
