"""Downloads one file, with a progress bar; an interrupted download continues where it stopped.

The received part is in `<target>.partial` until it is complete, so a file under its own name is always complete. Beside
it, `<target>.partial-version` keeps the server's mark of the version (its ETag or date): the rest is requested only on
condition that the version is still the same (RFC 9110, section 13.1.5, "If-Range"). Without a mark, or if several
processes could be writing at once, a file of another name is used, which is never continued.
"""

import http.client
import os
import secrets
import urllib.error
import urllib.request
from pathlib import Path

from minikeras.base.messages import print_message
from minikeras.utils.file_lock import beside
from minikeras.utils.progbar import Progbar

CHUNK = 1 << 16
TIMEOUT = 60  # seconds without a byte
NOT_SATISFIABLE = 416
PARTIAL_CONTENT = 206


class DownloadError(OSError):
    """The file could not be fetched. The message names the path for a manually downloaded copy."""


def download(origin, target, check=None, is_alone=True):
    """Fetch the address `origin` into the file `target`.

    Args:
        check: Called with the path of the complete file before it gets its name; it raises to refuse it.
        is_alone: Whether no other process or thread can be downloading into `target` now. Only then is an earlier
            download continued, or kept to be continued.

    Raises:
        DownloadError: the server cannot be reached or does not have the file, or the connection broke.
    """
    target = Path(target)
    partial = beside(target, ".partial" if is_alone else f".{secrets.token_hex(8)}.partial")
    version = beside(partial, "-version")
    print_message(f"Downloading data from {origin}")
    try:
        try:
            _fetch(origin, partial, version)
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # it holds the connection
            raise DownloadError(_sentence(origin, target, error)) from error
        version.unlink(missing_ok=True)
        if check is not None:
            check(partial)
        os.replace(partial, target)
    finally:
        if not (is_alone and version.exists()):  # it cannot be continued, or was refused
            partial.unlink(missing_ok=True)
            version.unlink(missing_ok=True)


def _fetch(origin, partial, version):
    """Download `origin` to the file `partial`, after its current content if the server supports that."""
    mark = _mark(version)
    done = partial.stat().st_size if mark and partial.exists() else 0
    with _open(origin, done, mark) as response:
        status = getattr(response, "status", None)
        if status != PARTIAL_CONTENT:
            done = 0
            _note_version(response, version)
        elif not done or not response.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
            raise ConnectionError(f"byte {done} and on was asked for, not {response.headers.get('Content-Range')}")
        length = response.headers.get("Content-Length", "")
        total = done + int(length) if length.isdecimal() else None
        with open(partial, "ab" if done else "wb") as file:
            done = _copy(response, file, done, total)
    if total is not None and done < total:
        raise ConnectionError(f"the connection broke after {done} of {total} bytes; the next call continues from there")


def _copy(response, file, done, total):
    """Write the rest of a file that has `done` bytes, showing progress. Returns how many it has afterwards."""
    progress = Progbar(total)
    while chunk := response.read(CHUNK):
        file.write(chunk)
        done += len(chunk)
        progress.update(done)
    if total is None:
        progress.update(done, finalize=True)
    file.flush()
    os.fsync(file.fileno())  # else the file's name could reach the disk before its content
    return done


def _open(origin, done, mark):
    """The response for the file without its first `done` bytes, or for all of it if there is another version now."""
    headers = {"User-Agent": "minikeras"}
    if done:
        headers |= {"Range": f"bytes={done}-", "If-Range": mark}
    try:
        return urllib.request.urlopen(urllib.request.Request(origin, headers=headers), timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code != NOT_SATISFIABLE or not done:
            raise
        error.close()
        return _open(origin, 0, mark)  # nothing is left to fetch, or the file has shrunk: begin again


def _note_version(response, version):
    """Save the server's version mark of the file. Without one, or with a weak one, a download cannot be continued."""
    mark = response.headers.get("ETag") or response.headers.get("Last-Modified")
    is_http = getattr(response, "status", None) is not None
    if is_http and mark and not mark.startswith("W/"):
        version.write_text(f"{mark}\n", encoding="latin-1")  # as headers are encoded
    else:
        version.unlink(missing_ok=True)


def _mark(version):
    """The stored mark; None if there is none, or it is incomplete."""
    lines = version.read_text(encoding="latin-1").split("\n") if version.exists() else []
    return lines[0] if len(lines) == 2 and lines[0].isprintable() else None


def _sentence(origin, target, error):
    if isinstance(error, urllib.error.HTTPError):
        reason = f"{error.code} -- {error.msg}"
    else:
        reason = f"{getattr(error, 'reason', None) or error}"
    return (
        f"URL fetch failure on {origin}: {reason}. "
        f"Without a network, fetch that address elsewhere and put the file at {target}"
    )
