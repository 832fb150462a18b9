"""Sizes and times as people read them."""

import math

UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


def readable_size(size):
    """ "464.00 B", "20.63 MB": bytes in the largest unit (of 1024 smaller ones) that leaves at least 1."""
    power = min(int(math.log(size, 1024)), len(UNITS) - 1) if size >= 1 else 0
    return f"{size / 1024**power:.2f} {UNITS[power]}"


def readable_time(seconds):
    """ "12.3 µs", "4.56 ms" or "7.89 s"."""
    if seconds < 1e-3:
        return f"{seconds * 1e6:.1f} µs"
    return f"{seconds * 1e3:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"


def remaining_time(seconds):
    """7s, 2:05 or 1:02:05."""
    if seconds > 3600:
        return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02d}:{int(seconds % 60):02d}"
    if seconds > 60:
        return f"{int(seconds // 60)}:{int(seconds % 60):02d}"
    return f"{int(seconds)}s"
