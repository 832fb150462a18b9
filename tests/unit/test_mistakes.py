"""Errors of typical mistakes name what the user wrote, and the fix."""

import pytest

import minikeras
from minikeras.compat import tensorflow as tf
from tests.parity.mistakes import MISTAKES, PAGE, message_of

ALL = [mistake for mistakes in MISTAKES.values() for mistake in mistakes]


@pytest.mark.parametrize("mistake", ALL, ids=lambda mistake: mistake.code)
def test_the_message_has_the_words_that_matter(mistake, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    message = message_of(minikeras, mistake, tf.data.Dataset.from_tensor_slices)
    assert message is not None, "it passes"
    assert mistake.words in message
    assert len(message) < 1000


def test_the_page_shows_each_mistake():
    words = PAGE.read_text(encoding="utf-8").split()
    assert len(ALL) >= 60
    for mistake in ALL:
        assert "".join(mistake.code.split()) in "".join(words)
