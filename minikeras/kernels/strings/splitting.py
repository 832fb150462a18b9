"""Texts as words, at once for many texts: bytes replaced or removed, then cut at whitespace."""

import numpy as np

from minikeras.kernels.job_lists import run
from minikeras.kernels.strings.packed import PackedStrings
from minikeras.kernels.tasks import bytes_, integers, task_kernel

PER_TASK = 64  # texts
REMOVED = -1


def split_reference(texts, table, removed, most=None):
    """The words of texts (`bytes`), a list for each.

    Args:
        table, removed: the arguments of `bytes.translate`.
        most: how many words of a text are wanted, the first ones; None for all.
    """
    return [text.translate(table, removed).split()[:most] for text in texts]


def split_into_words(texts, replacements, most):
    """The words of texts, `PackedStrings`, and how many each text has.

    In `content` the words of a text have one space between them (see `ngrams.py`).

    Args:
        texts: `PackedStrings`.
        replacements: (256,) int64: what each byte becomes; REMOVED for none.
        most: how many words of a text are wanted, the first ones; none if it is not positive.
    """
    content = np.empty_like(texts.content)
    most_of_each = np.minimum((texts.lengths + 1) // 2, max(0, most))  # a byte and a space each
    firsts = np.cumsum(most_of_each) - most_of_each
    starts, lengths = np.empty((2, max(1, int(most_of_each.sum()))), np.int64)
    counts = np.zeros(len(texts), np.int64)
    if most_of_each.any():
        words = content, firsts, most_of_each, starts, lengths, counts
        run([split_on_whitespace.job(-(-len(texts) // PER_TASK), *texts, replacements, *words, PER_TASK)])
    order = np.arange(counts.sum()) + np.repeat(firsts - (np.cumsum(counts) - counts), counts)
    return PackedStrings(content, starts[order], lengths[order]), counts


@task_kernel
def split_on_whitespace(
    task, texts: bytes_(1), text_starts: integers(1), text_lengths: integers(1), replacements: integers(1),
    content: bytes_(1), firsts: integers(1), most: integers(1), starts: integers(1), lengths: integers(1),
    counts: integers(1), per_task: int,
):  # fmt: skip
    """For some texts: words are written where the text was, their positions from firsts[text] on."""
    for text in range(task * per_task, min(len(text_starts), (task + 1) * per_task)):
        end, count, begun = text_starts[text], 0, -1
        for i in range(text_starts[text], text_starts[text] + text_lengths[text]):
            byte = replacements[texts[i]]
            if byte == 32 or (byte >= 9 and byte <= 13):
                if begun >= 0:
                    starts[firsts[text] + count] = begun
                    lengths[firsts[text] + count] = end - begun
                    content[end] = 32  # there is space: this byte of the text was a space, too
                    count, begun, end = count + 1, -1, end + 1
                    if count == most[text]:
                        break
            elif byte >= 0:
                if begun < 0:
                    begun = end
                content[end] = byte
                end += 1
        if begun >= 0:
            starts[firsts[text] + count] = begun
            lengths[firsts[text] + count] = end - begun
            count += 1
        counts[text] = count
