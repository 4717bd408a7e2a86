"""Refusals of the model kernel: an errno name and the words a caller of the real kernel would read."""

from __future__ import annotations

import errno
from typing import Final

# libc's strerror() texts; Go's syscall.Errno prints the same words in lower case.
TEXTS: Final[dict[str, str]] = {
    "EACCES": "Permission denied",
    "EADDRINUSE": "Address already in use",
    "EADDRNOTAVAIL": "Cannot assign requested address",
    "EAFNOSUPPORT": "Address family not supported by protocol",
    "EBUSY": "Device or resource busy",
    "ECONNREFUSED": "Connection refused",
    "ECONNRESET": "Connection reset by peer",
    "EEXIST": "File exists",
    "EHOSTUNREACH": "No route to host",
    "EINVAL": "Invalid argument",
    "EISCONN": "Transport endpoint is already connected",
    "ELOOP": "Too many levels of symbolic links",
    "EMSGSIZE": "Message too long",
    "ENETDOWN": "Network is down",
    "ENETUNREACH": "Network is unreachable",
    "ENODEV": "No such device",
    "ENOENT": "No such file or directory",
    "ENOTCONN": "Transport endpoint is not connected",
    "ENXIO": "No such device or address",
    "EOPNOTSUPP": "Operation not supported",
    "EPERM": "Operation not permitted",
    "EPIPE": "Broken pipe",
    "ERANGE": "Numerical result out of range",
    "ESRCH": "No such process",
    "ETIMEDOUT": "Connection timed out",
}


class KernelError(Exception):
    """A call that the kernel refused.

    Attributes:
        errno: the symbolic name, such as ``"EBUSY"``.
        detail: what the refusal was about, for a log or a trace (may be empty).
        said: the sentence that the kernel itself sends back with its errno over netlink, which ip(8) prints
            in its place (an "extended ack"; empty where the kernel has none).
    """

    def __init__(self, errno: str, detail: str = "", said: str = "") -> None:
        super().__init__(f"{errno}: {detail or TEXTS[errno]}")
        self.errno = errno
        self.detail = detail
        self.said = said

    @property
    def text(self) -> str:
        """The words of strerror(3): ``"Device or resource busy"``."""
        return TEXTS[self.errno]

    @property
    def message(self) -> str:
        """The words a Go program prints: ``"device or resource busy"``."""
        return self.text[0].lower() + self.text[1:]

    @property
    def number(self) -> int:
        """The errno's number on Linux."""
        return int(getattr(errno, self.errno))
