"""Hunt for differences with a large budget: `python -m tests.differential.hunt --seconds 200 --only ops.nn`.

Prints the shortest case of each function and kind of difference, and how many cases agreed.
"""

import argparse
import json
import os
import sys
import time
from collections import Counter

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main(argv=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--only", default="", help="names of functions, separated by commas (or beginnings of names, with *)"
    )
    parser.add_argument("--mistakes", type=int, default=8, help="percent of cases with a wrong argument")
    parser.add_argument(
        "--trace", type=argparse.FileType("w"), help="file to which each case is written before it runs"
    )
    parser.add_argument(
        "--log", type=argparse.FileType("a"), help="file to which differences are added as they are found"
    )
    options = parser.parse_args(argv)
    found, counts = hunt(options)
    for (name, kind), (text, what, count) in sorted(found.items()):
        print(f"\n{name}: {kind} ({count} cases)\n  {text[:600]}\n  {what[:700]}")
    total, differ = sum(counts.values()), sum(count for _, _, count in found.values())
    print(f"\n{total} cases of {len(counts)} functions; {differ} differ, in {len(found)} kinds")


def hunt(options):
    """({(function, kind): (case, description, count)}, {function: cases run})"""
    from tests.differential import random_arguments  # here: TensorFlow takes seconds to import
    from tests.differential.cases import NAMES, compare, generated_case
    from tests.differential.choices import Chooser
    from tests.differential.generated_classes import GENERATED

    names = [name for name in (*NAMES, *random_arguments.NAMES, *GENERATED) if _is_chosen(name, options.only)]
    found, counts = {}, Counter()
    end, seed = time.monotonic() + options.seconds, options.seed * 10**6
    while time.monotonic() < end:
        for name in names:
            seed += 1
            counts[name] += 1
            if name in GENERATED:
                case, difference = GENERATED[name](Chooser.of_seed(seed))
            else:
                case = generated_case(Chooser.of_seed(seed), name, options.mistakes)
                if options.trace:
                    print(case, file=options.trace, flush=True)  # TensorFlow ends the whole process for some arguments
                difference = compare(case)
            if difference:
                if options.log:
                    print(json.dumps([name, *difference, str(case)]), file=options.log, flush=True)
                kind, what = difference
                text, old, count = found.get((name, kind), (None, None, 0))
                if text is None or len(str(case)) < len(text):
                    text, old = str(case), what
                found[name, kind] = text, old, count + 1
    return found, counts


def _is_chosen(name, only):
    return not only or any(
        name.startswith(part[:-1]) if part.endswith("*") else name == part for part in only.split(",")
    )


if __name__ == "__main__":
    sys.exit(main())
