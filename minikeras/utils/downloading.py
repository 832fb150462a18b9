"""One file from the network, with a progress bar; a download that broke off goes on where it stopped.

What has arrived stands in `<target>.partial` until it is whole, so a file under its own name is always complete. Beside
it, `<target>.partial-version` keeps the server's mark of the version (its ETag or date): the rest is asked for only on
condition that the version is still that one (RFC 9110, section 13.1.5, "If-Range").
"""

import http.client
import os
import urllib.error
import urllib.request
from pathlib import Path

from minikeras.messages import print_message
from minikeras.utils.progbar import Progbar

CHUNK = 1 << 16
TIMEOUT = 60  # seconds without a byte
NOT_SATISFIABLE = 416
PARTIAL_CONTENT = 206


class DownloadError(OSError):
    """The file could not be fetched. The message says where it can be put by hand."""


def download(origin, target, check=None):
    """Fetch the address `origin` into the file `target`.

    Args:
        check: Called with the path of the complete file before it gets its name; it raises to refuse it.

    Raises:
        DownloadError: the server cannot be reached or does not have the file, or the connection broke.
    """
    target = Path(target)
    partial = target.with_name(target.name + ".partial")
    version = target.with_name(target.name + ".partial-version")
    print_message(f"Downloading data from {origin}")
    try:
        _fetch(origin, partial, version)
    except (OSError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it holds the connection
        raise DownloadError(_sentence(origin, target, error)) from error
    version.unlink(missing_ok=True)
    try:
        if check is not None:
            check(partial)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)  # a refused file must not be taken for the beginning of a good one


def _fetch(origin, partial, version):
    """Write what `origin` holds to the file `partial`, after what is there already if the server goes along."""
    with _open(origin, partial, version) as response:
        resumed = getattr(response, "status", None) == PARTIAL_CONTENT
        done = partial.stat().st_size if resumed else 0
        if resumed and not response.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
            raise ConnectionError(f"asked to go on at byte {done}, the server sent {response.headers['Content-Range']}")
        length = response.headers.get("Content-Length")
        total = None if length is None else done + int(length)
        if not resumed:
            _note_version(response, version)
        progress = Progbar(total)
        with open(partial, "ab" if resumed else "wb") as file:
            while chunk := response.read(CHUNK):
                file.write(chunk)
                done += len(chunk)
                progress.update(done)
    if total is None:
        progress.update(done, finalize=True)
    elif done < total:
        raise ConnectionError(f"the connection broke after {done} of {total} bytes; the next call goes on from there")


def _open(origin, partial, version):
    headers = {"User-Agent": "minikeras"}
    if partial.exists() and version.exists():
        headers |= {"Range": f"bytes={partial.stat().st_size}-", "If-Range": version.read_text()}
    try:
        return urllib.request.urlopen(urllib.request.Request(origin, headers=headers), timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code != NOT_SATISFIABLE or "Range" not in headers:
            raise
        error.close()
        version.unlink()  # nothing is left to fetch, or the file has shrunk: begin again
        return _open(origin, partial, version)


def _note_version(response, version):
    """Keep the server's mark of what it sends. Without one, or with a weak one, a download cannot be continued."""
    mark = response.headers.get("ETag") or response.headers.get("Last-Modified")
    is_http = hasattr(response, "status") and response.status is not None
    if is_http and mark and not mark.startswith("W/"):
        version.write_text(mark)
    else:
        version.unlink(missing_ok=True)


def _sentence(origin, target, error):
    if isinstance(error, urllib.error.HTTPError):
        reason = f"{error.code} -- {error.msg}"
    else:
        reason = f"{getattr(error, 'reason', None) or error}"
    return (
        f"URL fetch failure on {origin}: {reason}. "
        f"Without a network, fetch that address elsewhere and put the file at {target}"
    )
