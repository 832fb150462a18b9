"""The script of every code point, as the Unicode data of ICU has it: `minikeras/tensors/strings/script_ranges.py`.

python -m tests.parity.unicode_scripts    # writes the file again, with the live TensorFlow
"""

import textwrap
from pathlib import Path

import numpy as np

FILE = Path(__file__).parents[2] / "minikeras" / "tensors" / "strings" / "script_ranges.py"
CODE_POINTS = 0x110000


def ranges(tf):
    """(first code point, number of the script) of each run of code points of one script."""
    scripts = tf.strings.unicode_script(np.arange(CODE_POINTS, dtype=np.int32)).numpy()
    firsts = np.concatenate([[0], np.flatnonzero(np.diff(scripts)) + 1])
    return firsts.tolist(), scripts[firsts].tolist()


def text(tf):
    """The text of the file: lengths of the runs, and their scripts."""
    firsts, scripts = ranges(tf)
    pairs = " ".join(
        f"{last - first}:{script}"
        for first, last, script in zip(firsts, [*firsts[1:], CODE_POINTS], scripts, strict=True)
    )
    lines = textwrap.wrap(pairs, 116, break_on_hyphens=False)
    return "\n".join(
        [
            '"""Runs of code points of one script, `length:script`, numbered as ICU does (Unicode\'s Scripts.txt).',
            "",
            'Made by tests/parity/unicode_scripts.py."""',
            "",
            'RUNS = """',
            *lines,
            '"""',
            "",
        ]
    )


def main():
    """Write the file."""
    import tensorflow as tf

    FILE.write_text(text(tf), encoding="utf-8")


if __name__ == "__main__":
    main()
