"""`tf.random.…_candidate_sampler`. (How classes are drawn: `minikeras/random/candidate_samplers.py`.)"""

from minikeras.random import candidate_samplers


def log_uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """(classes drawn by a log-uniform distribution, expected counts of the true classes, those of the drawn ones)."""
    return candidate_samplers.log_uniform_candidates(true_classes, num_true, num_sampled, unique, range_max, seed)


def uniform_candidate_sampler(true_classes, num_true, num_sampled, unique, range_max, seed=None, name=None):
    """(classes drawn by a uniform distribution, expected counts of the true classes, those of the drawn ones)."""
    return candidate_samplers.uniform_candidates(true_classes, num_true, num_sampled, unique, range_max, seed)
