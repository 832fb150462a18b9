"""`tf.random.…_candidate_sampler`. (How classes are drawn: `minikeras/compat/tensorflow/random/candidates.py`.)"""

from minikeras.compat.tensorflow.random import candidates as candidate_samplers
from minikeras.tensors.strings.elementwise import path_of


def log_uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """(classes drawn by a log-uniform distribution, expected counts of the true classes, those of the drawn ones)."""
    return candidate_samplers.log_uniform_candidates(true_classes, num_true, num_sampled, unique, range_max, seed)


def uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """(classes drawn by a uniform distribution, expected counts of the true classes, those of the drawn ones)."""
    return candidate_samplers.uniform_candidates(true_classes, num_true, num_sampled, unique, range_max, seed)


def all_candidate_sampler(true_classes, num_true, num_sampled, unique, seed=None, name=None):
    """All classes 0 … num_sampled − 1, each expected once."""
    return candidate_samplers.all_candidates(true_classes, num_true, num_sampled)


def fixed_unigram_candidate_sampler(
    true_classes,
    num_true,
    num_sampled,
    unique,
    range_max,
    vocab_file="",
    distortion=1.0,
    num_reserved_ids=0,
    num_shards=1,
    shard=0,
    unigrams=(),
    seed=None,
    name=None,
):
    """Classes drawn in proportion to their counts, and the expected counts of the true classes and of those drawn.

    Args:
        vocab_file: of lines whose last field, after a comma, is the count of a class; or
        unigrams: these counts.
        distortion: the power to which the counts are raised.
        num_reserved_ids: classes before the first with a count; they are never drawn.
        num_shards, shard: draw only every n-th class.
    """
    counts = candidate_samplers.counts_in_file(path_of(vocab_file)) if vocab_file else unigrams
    settings = range_max, counts, distortion, num_reserved_ids, num_shards, shard, seed
    return candidate_samplers.unigram_candidates(true_classes, num_true, num_sampled, unique, *settings)


def compute_accidental_hits(true_classes, sampled_candidates, num_true, seed=None, name=None):
    """(indices, ids, weights): the samples for which drawn classes are true classes, their positions, and −FLT_MAX."""
    return candidate_samplers.accidental_hits(true_classes, sampled_candidates, num_true)
