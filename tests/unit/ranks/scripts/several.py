"""Runs scripts of this folder in one job, whose start takes longer than they do; each prints a line of results.

several.py one.py argument -- two.py
"""

import runpy
import sys
from pathlib import Path

left = sys.argv[1:]
while left:
    end = left.index("--") if "--" in left else len(left)
    sys.argv, left = left[:end], left[end + 1 :]
    runpy.run_path(str(Path(__file__).with_name(sys.argv[0])), run_name="__main__")
