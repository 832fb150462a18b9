"""Images as the contents of files (PNG, JPEG, GIF, BMP, WebP) and as arrays of pixels. Needs Pillow, which is optional.

Pillow's and TensorFlow's JPEG readers round the cosine transform differently, so single pixels may differ by a few
steps of 255. PNG is exact.
"""

import io

import numpy as np

from minikeras.errors import InvalidArgumentError
from minikeras.utils.image_files import import_pillow

MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}  # Pillow's name for so many channels


def open_image(data):
    """The Pillow image of the bytes of a file.

    Raises:
        InvalidArgumentError: they are no image in a known format.
    """
    try:
        return import_pillow().open(io.BytesIO(data))
    except OSError as error:
        raise InvalidArgumentError(
            None, None, f"Unknown image file format. One of JPEG, PNG, GIF, BMP, WebP required. Begins: {data[:8]!r}"
        ) from error


def pixels_of(image, channels):
    """(height, width, channels) of a Pillow image; uint8, or uint16 for grey ones of 16 bits."""
    if channels not in (0, 1, 3, 4):
        raise ValueError(f"`channels` must be 0, 1, 3 or 4. Received: channels={channels}")
    if image.format == "JPEG" and channels == 1:
        image.draft("L", image.size)  # the file's own brightness, not one computed from red, green and blue
    try:
        if image.mode.startswith("I") and channels in (0, 1):
            return np.asarray(image).astype("uint16")[..., None]
        mode = MODES[channels] if channels else _own_mode(image)
        array = np.asarray(image if image.mode == mode else image.convert(mode))
    except OSError as error:
        raise InvalidArgumentError(None, None, f"The image's data cannot be read: {error}") from error
    return array[..., None] if array.ndim == 2 else array


def _own_mode(image):
    if image.mode in MODES.values():
        return image.mode
    if image.mode == "1":
        return "L"
    return "RGBA" if "transparency" in image.info else "RGB"


def frames_of(image, channels):
    """(frames, height, width, channels) uint8 of a Pillow image."""
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        frames.append(np.asarray(image.convert(MODES[channels])))
    return np.stack(frames)


def file_contents(pixels, format, **settings):
    """The bytes of a file ("PNG", "JPEG") of pixels (height, width, channels); `settings` are Pillow's."""
    if pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    file = io.BytesIO()
    import_pillow().fromarray(np.ascontiguousarray(pixels)).save(file, format=format, **settings)
    return file.getvalue()
