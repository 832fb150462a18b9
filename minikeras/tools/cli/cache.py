"""Show the folder where compiled kernels are cached, and how much space they take; or remove them.

It is in the user's cache folder, or the folder that NUMBA_CACHE_DIR names. Kernels that were removed are compiled again
when they are needed.
"""

import sys

from minikeras.base.quantities import readable_size
from minikeras.kernels.machine import code_cache


def add_arguments(parser):
    """The arguments of `minikeras cache`."""
    parser.add_argument("--clear", action="store_true", help="remove the compiled kernels")


def run(arguments):
    """Report, or remove. Returns the exit status: 0, or 1 if something could not be removed."""
    place = code_cache.chosen_folder()
    if place is None:
        print("Compiled kernels are not cached, since this user has no home folder. NUMBA_CACHE_DIR can name a folder.")
        return 0
    sizes = code_cache.sizes()
    amount = f"{len(sizes)} {'file' if len(sizes) == 1 else 'files'}, {readable_size(sum(sizes.values()))}"
    if not arguments.clear:
        reason = code_cache.refusal()
        print(f"{place}\n{amount}" + (f"\nnot used: {reason}" if reason else ""))
        return 0
    try:
        code_cache.clear()
    except OSError as error:
        print(f"Not all compiled kernels could be removed from {place}: {error}", file=sys.stderr)
        return 1
    print(f"{place}\nremoved: {amount}")
    return 0
