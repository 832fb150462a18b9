"""Files put where a download would put them."""

import hashlib

import pytest


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder for data sets of an empty cache."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "datasets").mkdir()
    return tmp_path / "datasets"


@pytest.fixture
def put(cache, monkeypatch):
    """put(name, data, module): store a file and let `module` expect its checksum."""

    def put(name, data, module, constant="SHA256"):
        (cache / name).parent.mkdir(exist_ok=True)
        (cache / name).write_bytes(data)
        if hasattr(module, constant):
            algorithm = "md5" if constant.endswith("MD5") else "sha256"
            monkeypatch.setattr(module, constant, hashlib.new(algorithm, data).hexdigest())

    return put
