"""Conversion of pixels to another range of values."""


def rescaled(images, original, target):
    """Images with the range original[0] … original[1] mapped linearly to target[0] … target[1]."""
    if tuple(original) == tuple(target):
        return images
    shares = (images - original[0]) / (original[1] - original[0])
    return shares * (target[1] - target[0]) + target[0]
