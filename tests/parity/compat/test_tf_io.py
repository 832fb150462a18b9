"""`tf.io`, and `tf.data` over files: what one side writes, the other reads."""

import numpy as np
import pytest

tf = pytest.importorskip("tensorflow")

from minikeras.compat import tensorflow as shim  # noqa: E402
from minikeras.formats.protobuf import example as our_messages  # noqa: E402
from minikeras.kernels.example_jobs import ENOUGH  # noqa: E402
from tests.parity.comparing import SAME_FORMULA  # noqa: E402
from tests.parity.compat.snippets import check_snippet  # noqa: E402

GROUP = "compat: tf.io"
BOTH = pytest.mark.parametrize("writer, reader", [(shim, tf), (tf, shim)], ids=["ours to theirs", "theirs to ours"])
RECORDS = [b"", b"abc", bytes(range(256)) * 20, "grün".encode()]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.txt").write_text("one\ntwo\r\nthree")
    (tmp_path / "b.txt").write_text("four\n")
    (tmp_path / "table.csv").write_text('x,name,y\n1,"a, b",0.5\n2,c,\n3,"d ""e""",1.5\n4,,2.5\n')
    (tmp_path / "sub").mkdir()
    return tmp_path


DECODED = {
    "decode_raw": lambda tf: tf.io.decode_raw([b"\x01\x00\x02\x00", b"\x03\x00\x04\x01"], tf.int16),
    "decode_raw, big endian": lambda tf: tf.io.decode_raw(b"\x01\x00\x02\x00", tf.int16, little_endian=False),
    "decode_raw, fixed": lambda tf: tf.io.decode_raw([b"\x01", b"\x02\x03\x04"], tf.uint8, fixed_length=2),
    "decode_raw of floats": lambda tf: tf.io.decode_raw(np.arange(3.0).tobytes(), tf.float64),
    "decode_raw, cut off": lambda tf: tf.io.decode_raw(b"abc", tf.int16),
    "decode_csv": lambda tf: tf.io.decode_csv(["1,a,0.5", "2,,"], [[0], ["?"], [9.0]]),
    "decode_csv of one": lambda tf: tf.io.decode_csv('7,"a, b"', [[0], [""]]),
    "decode_csv, columns": lambda tf: tf.io.decode_csv("7;8;9", [[0], [0]], field_delim=";", select_cols=[0, 2]),
    "decode_csv, required": lambda tf: tf.io.decode_csv(",1", [tf.constant([], tf.float32), [0]]),
    "decode_csv, wrong": lambda tf: tf.io.decode_csv("a", [[0]]),
    "decode_csv, too many": lambda tf: tf.io.decode_csv("1,2", [[0]]),
    "wav": lambda tf: tf.audio.encode_wav(np.sin(np.arange(60, dtype="float32").reshape(30, 2) ** 2) * 1.2, 8000),
    "wav, decoded": lambda tf: tf.audio.decode_wav(tf.audio.encode_wav([[0.5, -0.25], [1.5, 1.0]], 8000)),
    "wav, one channel": lambda tf: tf.audio.decode_wav(tf.audio.encode_wav([[0.5, -0.25]], 8000), 1, 3),
    "wav, wrong": lambda tf: tf.audio.decode_wav(b"RIFF"),
    "serialized": lambda tf: tf.io.serialize_tensor(tf.constant([[1.5, 2.0]])),
    "serialized strings": lambda tf: tf.io.serialize_tensor(tf.constant(["a", "bc"])),
    "serialized scalar": lambda tf: tf.io.serialize_tensor(tf.constant(7)),
    "parsed": lambda tf: tf.io.parse_tensor(tf.io.serialize_tensor(tf.constant([[1, 2]])), tf.int32),
    "parsed strings": lambda tf: tf.io.parse_tensor(tf.io.serialize_tensor(tf.constant(["a", ""])), tf.string),
    "parsed, wrong": lambda tf: tf.io.parse_tensor("nonsense", tf.int32),
    "parsed, other dtype": lambda tf: tf.io.parse_tensor(tf.io.serialize_tensor(tf.constant([1])), tf.float32),
}  # fmt: skip


@pytest.mark.parametrize("name", DECODED)
def test_decoding(name):
    check_snippet(DECODED[name], GROUP, SAME_FORMULA)


def seeded(tf, make):
    """The elements of a data set whose order depends on the global seed too."""
    tf.random.set_seed(8)
    return list(make())


FILES = {
    "read_file": lambda tf, folder: tf.io.read_file(f"{folder}/a.txt"),
    "read_file by tensor": lambda tf, folder: tf.io.read_file(tf.constant(f"{folder}/b.txt")),
    "no such file": lambda tf, folder: tf.io.read_file(f"{folder}/nothing"),
    "matching_files": lambda tf, folder: tf.io.matching_files(f"{folder}/*.txt"),
    "lines": lambda tf, folder: list(tf.data.TextLineDataset([f"{folder}/a.txt", f"{folder}/b.txt"])),
    "lines of files in a data set": lambda tf, folder: list(
        tf.data.TextLineDataset(tf.data.Dataset.list_files(f"{folder}/*.txt", shuffle=False))
    ),
    "lines of nothing": lambda tf, folder: list(tf.data.TextLineDataset(f"{folder}/nothing")),
    "list_files": lambda tf, folder: seeded(tf, lambda: tf.data.Dataset.list_files(f"{folder}/*.*", seed=3)),
    "list_files in order": lambda tf, folder: list(tf.data.Dataset.list_files(f"{folder}/*.txt", shuffle=False)),
    "list_files of none": lambda tf, folder: list(tf.data.Dataset.list_files(f"{folder}/*.jpg")),
    "fixed length": lambda tf, folder: list(tf.data.FixedLengthRecordDataset(f"{folder}/b.txt", 2, 1, 0)),
    "exists": lambda tf, folder: [tf.io.gfile.exists(f"{folder}/{name}") for name in ("a.txt", "sub", "nothing")],
    "isdir": lambda tf, folder: [tf.io.gfile.isdir(f"{folder}/{name}") for name in ("a.txt", "sub", "nothing")],
    "glob": lambda tf, folder: sorted(tf.io.gfile.glob(f"{folder}/*.txt")),
    "listdir": lambda tf, folder: sorted(tf.io.gfile.listdir(str(folder))),
    "listdir of nothing": lambda tf, folder: tf.io.gfile.listdir(f"{folder}/nothing"),
    "remove nothing": lambda tf, folder: tf.io.gfile.remove(f"{folder}/nothing"),
    "copy over": lambda tf, folder: tf.io.gfile.copy(f"{folder}/a.txt", f"{folder}/b.txt"),
    "mkdir again": lambda tf, folder: tf.io.gfile.mkdir(f"{folder}/sub"),
    "join": lambda tf, folder: tf.io.gfile.join("a", "b", "c.txt"),
    "size": lambda tf, folder: tf.io.gfile.stat(f"{folder}/a.txt").length,
    "GFile": lambda tf, folder: tf.io.gfile.GFile(f"{folder}/b.txt").read(),
    "GFile of bytes": lambda tf, folder: tf.io.gfile.GFile(f"{folder}/a.txt", "rb").read(),
    "GFile lines": lambda tf, folder: list(tf.io.gfile.GFile(f"{folder}/b.txt")),
    "GFile of nothing": lambda tf, folder: tf.io.gfile.GFile(f"{folder}/nothing").read(),
    "csv": lambda tf, folder: list(
        tf.data.experimental.CsvDataset(f"{folder}/table.csv", [0, "none", -1.0], header=True)
    ),
    "csv columns": lambda tf, folder: list(
        tf.data.experimental.CsvDataset(f"{folder}/table.csv", [tf.int32, [9.0]], header=True, select_cols=[0, 2])
    ),
    "csv in batches": lambda tf, folder: [
        (dict(sorted(features.items())), label)
        for features, label in tf.data.experimental.make_csv_dataset(
            f"{folder}/table.csv", 2, label_name="y", num_epochs=1, shuffle=False
        )
    ],
    "csv, some columns": lambda tf, folder: [
        dict(batch) for batch in tf.data.experimental.make_csv_dataset(
            f"{folder}/table.csv", 3, select_columns=["x", "y"], num_epochs=2, shuffle=False
        )
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_files(name, folder):
    check_snippet(lambda tf: FILES[name](tf, folder), GROUP, SAME_FORMULA)


@BOTH
@pytest.mark.parametrize("compression", [None, "GZIP", "ZLIB"])
def test_records(tmp_path, writer, reader, compression):
    path = str(tmp_path / "some.tfrecord")
    with writer.io.TFRecordWriter(path, compression) as file:
        for record in RECORDS:
            file.write(record)
    found = list(reader.data.TFRecordDataset([path], compression_type=compression).as_numpy_iterator())
    assert found == RECORDS


def test_broken_records_are_reported(tmp_path):
    path = tmp_path / "broken.tfrecord"
    with shim.io.TFRecordWriter(str(path)) as file:
        file.write(b"abcdefgh")
    content = path.read_bytes()
    for broken in (content[:-5], content[:14] + b"X" + content[15:], b"no record at all"):
        path.write_bytes(broken)
        check_snippet(lambda tf: list(tf.data.TFRecordDataset(str(path))), GROUP, SAME_FORMULA)


def an_example(train):
    feature = {
        "name": train.Feature(bytes_list=train.BytesList(value=[b"a", b"bc"])),
        "weights": train.Feature(float_list=train.FloatList(value=[0.5, 1.25, -2.0])),
        "label": train.Feature(int64_list=train.Int64List(value=[7])),
        "large": train.Feature(int64_list=train.Int64List(value=[-1, 2**62, 0, 300])),
        "none": train.Feature(),
    }
    return train.Example(features=train.Features(feature=feature))


FEATURES = {
    "fixed": lambda tf: {
        "weights": tf.io.FixedLenFeature([3], tf.float32),
        "label": tf.io.FixedLenFeature([], tf.int64),
        "name": tf.io.FixedLenFeature([2], tf.string),
    },
    "default": lambda tf: {"nothing": tf.io.FixedLenFeature([], tf.int64, default_value=5)},
    "missing": lambda tf: {"nothing": tf.io.FixedLenFeature([], tf.int64)},
    "wrong dtype": lambda tf: {"label": tf.io.FixedLenFeature([], tf.float32)},
    "wrong shape": lambda tf: {"weights": tf.io.FixedLenFeature([2], tf.float32)},
    "sequence": lambda tf: {"weights": tf.io.FixedLenSequenceFeature([], tf.float32, allow_missing=True)},
    "matrix": lambda tf: {"large": tf.io.FixedLenFeature([2, 2], tf.int64)},
}


@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("single", [True, False])
def test_parsing_examples(name, single):
    serialized = an_example(tf.train).SerializeToString()

    def snippet(tf):
        if single:
            return tf.io.parse_single_example(serialized, FEATURES[name](tf))
        return tf.io.parse_example([serialized] * ENOUGH, FEATURES[name](tf))

    check_snippet(snippet, GROUP, SAME_FORMULA)


@pytest.mark.parametrize("single", [True, False])
def test_the_order_of_what_was_parsed(single):
    serialized = an_example(tf.train).SerializeToString()

    def snippet(tf):
        features = {
            "name": tf.io.FixedLenFeature([2], tf.string),
            "weights": tf.io.RaggedFeature(tf.float32),
            "label": tf.io.FixedLenFeature([], tf.int64),
            "large": tf.io.VarLenFeature(tf.int64),
        }
        parse = tf.io.parse_single_example if single else tf.io.parse_example
        return list(parse(serialized if single else [serialized] * ENOUGH, features))

    check_snippet(snippet, GROUP, SAME_FORMULA)


@pytest.mark.parametrize("pattern", ["*.txt", "s*/*.txt", "sub/*.txt", "./*.txt", "a.txt", "no*"])
def test_matching_files_of_the_folder_that_one_is_in(pattern, folder, monkeypatch):
    monkeypatch.chdir(folder)
    (folder / "sub" / "c.txt").write_text("c")
    check_snippet(lambda tf: (sorted(tf.io.gfile.glob(pattern)), tf.io.matching_files(pattern)), GROUP, SAME_FORMULA)


@pytest.mark.parametrize("name, dtype", [("weights", "float32"), ("name", "string"), ("nothing", "int64")])
@pytest.mark.parametrize("single", [True, False])
def test_features_of_any_length(name, dtype, single):
    serialized = an_example(tf.train).SerializeToString()
    empty = tf.train.Example().SerializeToString()

    def snippet(tf):
        dtype_of_tf = getattr(tf, dtype)
        sparse, ragged = {name: tf.io.VarLenFeature(dtype_of_tf)}, {name: tf.io.RaggedFeature(dtype_of_tf)}
        if single:
            found = tf.io.parse_single_example(serialized, sparse)[name]
            return tf.sparse.to_dense(found), found.indices, tf.io.parse_single_example(serialized, ragged)[name]
        found = tf.io.parse_example([empty, serialized], sparse)[name]
        rows = tf.io.parse_example([empty, serialized], ragged)[name]
        return tf.sparse.to_dense(found), found.indices, rows.to_list()

    check_snippet(snippet, GROUP, SAME_FORMULA)


def test_examples_are_the_same_bytes_both_ways():
    ours, theirs = an_example(our_messages), an_example(tf.train)
    assert tf.train.Example.FromString(ours.SerializeToString()) == theirs
    read = our_messages.Example.FromString(theirs.SerializeToString())
    assert list(read.features.feature["weights"].float_list.value) == [0.5, 1.25, -2.0]
    assert list(read.features.feature["large"].int64_list.value) == [-1, 2**62, 0, 300]
    assert read.features.feature["label"].WhichOneof("kind") == "int64_list"
    assert read == ours


def test_sequence_examples_are_the_same_bytes_both_ways():
    def build(train):
        lists = {"words": train.FeatureList(feature=[train.Feature(bytes_list=train.BytesList(value=[b"x"]))] * 2)}
        context = train.Features(feature={"n": train.Feature(int64_list=train.Int64List(value=[2]))})
        return train.SequenceExample(context=context, feature_lists=train.FeatureLists(feature_list=lists))

    ours, theirs = build(our_messages), build(tf.train)
    assert ours.SerializeToString() == theirs.SerializeToString()
    assert our_messages.SequenceExample.FromString(theirs.SerializeToString()) == ours


@BOTH
def test_gfile_writes_what_the_other_reads(tmp_path, writer, reader):
    path = str(tmp_path / "new.txt")
    writer.io.gfile.makedirs(str(tmp_path / "x" / "y"))
    with writer.io.gfile.GFile(path, "w") as file:
        file.write("first\nsecond ü\n")
    with writer.io.gfile.GFile(path, "a") as file:
        file.write("third")
    with reader.io.gfile.GFile(path) as file:
        assert file.readline() == "first\n"
        assert file.read() == "second ü\nthird"
    writer.io.gfile.copy(path, path + ".copy")
    writer.io.gfile.rename(path, path + ".old", overwrite=True)
    assert not reader.io.gfile.exists(path)
    writer.io.gfile.remove(path + ".copy")
    writer.io.gfile.rmtree(str(tmp_path / "x"))
    assert reader.io.gfile.listdir(str(tmp_path)) == ["new.txt.old"]


@BOTH
def test_serialized_tensors_are_read_by_the_other(writer, reader):
    for values in ([[1.5, 2.5]], ["a", ""], [[1], [2**40]], [True, False]):
        string = writer.io.serialize_tensor(writer.constant(np.array(values) if values[0] != "a" else values)).numpy()
        dtype = reader.constant(np.array(values) if values[0] != "a" else values).dtype
        assert (
            reader.io.parse_tensor(string, dtype).numpy().tolist() == np.array(values, object).astype(object).tolist()
            or values[0] == "a"
        )
