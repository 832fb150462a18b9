"""`DirectoryIterator`: images from a folder with a subfolder per class, from `flow_from_directory`."""

import os

import numpy as np

from minikeras.base.messages import print_message, warn
from minikeras.base.signatures import inherits_arguments
from minikeras.preprocessing.image.file_iterator import FileIterator, part_of

__all__ = ["DirectoryIterator"]


class DirectoryIterator(FileIterator):
    """Batches of the images below `directory`, whose folders are the classes.

    The arguments are those of `ImageDataGenerator.flow_from_directory`.

    Attributes:
        class_indices: {class: index}; classes are in alphabetical order, or in that of `classes`.
        classes: the class index of each image.
        filenames, filepaths: the path of each image, relative to `directory` and in full.
        samples, num_classes: the numbers of images and classes.
    """

    allowed_class_modes = ("categorical", "binary", "sparse", "input", None)

    @inherits_arguments(FileIterator, after={"follow_links": "save_format"})
    def __init__(self, directory, *, follow_links=False, **kwargs):
        self.directory = directory
        self.follow_links = follow_links
        super().__init__(**kwargs)

    def find_files(self, classes):
        """Find the images of the classes: all folders, if `classes` is None."""
        directory = self.directory
        names = list(classes) if classes else _folders(directory)
        self.class_indices = {name: number for number, name in enumerate(names)}
        self.num_classes = len(names)
        numbers, self.filenames = [], []
        for name, number in self.class_indices.items():
            files = list(_image_files(os.path.join(directory, name), self.white_list_formats, self.follow_links))
            files = files[part_of(len(files), self.split)]
            self.filenames += [os.path.join(name, file) for file in files]
            numbers += [number] * len(files)
        self.classes = np.array(numbers, "int32")
        self.filepaths = [os.path.join(directory, name) for name in self.filenames]
        print_message(f"Found {len(self.filepaths)} images belonging to {self.num_classes} classes.")

    @property
    def labels(self):
        """The class index of each image."""
        return self.classes

    @property
    def sample_weight(self):
        """None: folders have no weights."""
        return None


def _folders(directory):
    return sorted(entry.name for entry in os.scandir(directory) if entry.is_dir())


def _image_files(directory, endings, follow_links):
    """Paths below `directory` of all files with one of the endings, by folder and name."""
    for folder, _, files in sorted(os.walk(directory, followlinks=follow_links)):
        for file in sorted(files):
            if file.lower().endswith(".tiff"):
                warn('A ".tiff" file with several bands is not read unchanged. Look at the images.')
            if file.lower().endswith(endings):
                yield os.path.relpath(os.path.join(folder, file), directory)
