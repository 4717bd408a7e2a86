"""DNS messages as they travel (RFC 1035, RFC 3596 for AAAA)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, ip_address

TYPES = {
    "A": 1,
    "NS": 2,
    "CNAME": 5,
    "SOA": 6,
    "PTR": 12,
    "MX": 15,
    "TXT": 16,
    "AAAA": 28,
    "SRV": 33,
    "HTTPS": 65,
    "ANY": 255,
}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
RCODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")
OPT = 41
MAX_NAME = 255
MAX_LABEL = 63
MAX_POINTERS = 20


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a name without its last dot, and a type ("A", "AAAA", "PTR" ...)."""

    name: str
    type: str = "A"


@dataclass(frozen=True, slots=True)
class Record:
    """A resource record of class IN; ``data`` is an address, or a name without its last dot."""

    name: str
    type: str
    ttl: int
    data: str


@dataclass(frozen=True, slots=True)
class Message:
    """A query or an answer to one."""

    id: int
    response: bool = False
    rcode: str = "NOERROR"
    question: Question | None = None
    answers: tuple[Record, ...] = ()
    authoritative: bool = False
    recursion_desired: bool = True
    recursion_available: bool = False
    edns: int | None = None
    """UDP size that the sender can take, where it says so (RFC 6891)."""
    size: int = field(default=0, compare=False)
    """Bytes on the wire, of a message that was decoded."""

    def reply(self, rcode: str = "NOERROR", answers: tuple[Record, ...] = ()) -> Message:
        """The answer to this query, from a server that knows no extensions."""
        return replace(
            self, response=True, rcode=rcode, answers=tuple(answers), recursion_available=True, edns=None
        )


def encode(message: Message, *, compress: bool = True) -> bytes:
    """The bytes of a message, with pointers to repeated names or without; ValueError for a bad name or address."""
    flags = (
        (message.response << 15)
        | (message.authoritative << 10)
        | (message.recursion_desired << 8)
        | (message.recursion_available << 7)
        | (RCODES.index(message.rcode) if message.rcode in RCODES else 2)
    )
    head = struct.pack(
        "!6H", message.id & 0xFFFF, flags, int(message.question is not None), len(message.answers), 0,
        int(message.edns is not None),
    )  # fmt: skip
    out = bytearray(head)
    seen: dict[str, int] = {}
    if message.question is not None:
        _put_name(out, message.question.name, seen)
        out += struct.pack("!2H", _number(message.question.type), 1)
    for record in message.answers:
        if not compress:
            seen = {}
        _put_name(out, record.name, seen)
        out += struct.pack("!2HI", _number(record.type), 1, record.ttl)
        at = len(out)
        out += b"\0\0"
        if record.type == "A":
            out += IPv4Address(record.data).packed
        elif record.type == "AAAA":
            out += IPv6Address(record.data).packed
        elif record.type in ("PTR", "CNAME", "NS"):
            _put_name(out, record.data, seen if compress else {})
        else:
            text = record.data.encode()[:255]
            out += bytes([len(text)]) + text
        struct.pack_into("!H", out, at, len(out) - at - 2)
    if message.edns is not None:
        out += struct.pack("!BHHIH", 0, OPT, message.edns, 0, 0)
    return bytes(out)


def _number(name: str) -> int:
    if name in TYPES:
        return TYPES[name]
    if name.startswith("TYPE") and name[4:].isdigit():
        return int(name[4:]) & 0xFFFF
    raise ValueError(f"unknown record type {name}")


def illegal(name: str) -> str | None:
    """Why a name cannot be asked for, in the words of BIND's tools; None for one that can (RFC 1035, 2.3.4)."""
    if name in ("", "."):
        return None
    labels = [len(label.encode("utf-8", "surrogateescape")) for label in name.removesuffix(".").split(".")]
    if 0 in labels:
        return "empty label"
    if max(labels) > MAX_LABEL:
        return "label too long"
    return "ran out of space" if sum(labels) + len(labels) + 1 > MAX_NAME else None


def _put_name(out: bytearray, name: str, seen: dict[str, int]) -> None:
    if why := illegal(name):
        raise ValueError(why)
    name = name.removesuffix(".")
    while name:
        if name.lower() in seen:
            out += struct.pack("!H", 0xC000 | seen[name.lower()])
            return
        if len(out) < 0x4000:
            seen[name.lower()] = len(out)
        label, _, name = name.partition(".")
        data = label.encode("utf-8", "surrogateescape")
        out += bytes([len(data)]) + data
    out.append(0)


def decode(data: bytes) -> Message:
    """The message of some bytes; ValueError where they are none."""
    try:
        return _decode(data)
    except (struct.error, IndexError, UnicodeError) as error:
        raise ValueError(f"not a DNS message: {error}") from None


def _decode(data: bytes) -> Message:
    ident, flags, questions, answers, _, additional = struct.unpack_from("!6H", data)
    at = 12
    question = None
    for number in range(questions):
        name, at = _get_name(data, at)
        kind, _ = struct.unpack_from("!2H", data, at)
        at += 4
        if number == 0:
            question = Question(name, TYPE_NAMES.get(kind, f"TYPE{kind}"))
    records = []
    for _ in range(answers):
        name, at = _get_name(data, at)
        kind, _, ttl, size = struct.unpack_from("!2HIH", data, at)
        at += 10
        body = data[at : at + size]
        if len(body) != size:
            raise ValueError("record cut short")
        type_name = TYPE_NAMES.get(kind, f"TYPE{kind}")
        if type_name in ("A", "AAAA") and size in (4, 16):
            value = str(ip_address(body))
        elif type_name in ("PTR", "CNAME", "NS"):
            value, _ = _get_name(data, at)
        else:
            value = body[1:].decode("utf-8", "replace")
        at += size
        records.append(Record(name, type_name, ttl, value))
    rcode = flags & 15
    edns = None
    if additional and data[at : at + 3] == struct.pack("!BH", 0, OPT):
        (edns,) = struct.unpack_from("!H", data, at + 3)
    return Message(
        ident, bool(flags >> 15), RCODES[rcode] if rcode < len(RCODES) else f"RCODE{rcode}", question,
        tuple(records), bool(flags >> 10 & 1), bool(flags >> 8 & 1), bool(flags >> 7 & 1), edns, len(data),
    )  # fmt: skip


def _get_name(data: bytes, at: int) -> tuple[str, int]:
    labels: list[str] = []
    end = None
    for _ in range(MAX_POINTERS * 8):
        size = data[at]
        if size == 0:
            return ".".join(labels), at + 1 if end is None else end
        if size & 0xC0 == 0xC0:
            end = at + 2 if end is None else end
            at = (size & 0x3F) << 8 | data[at + 1]
            continue
        if size > MAX_LABEL:
            raise ValueError("bad label length")
        label = data[at + 1 : at + 1 + size]
        if len(label) != size:
            raise ValueError("name cut short")
        labels.append(label.decode("utf-8", "replace"))
        at += 1 + size
    raise ValueError("name loops")


def reverse_name(address: str) -> str:
    """The name under which an address is looked up: "3.0.28.172.in-addr.arpa"."""
    return ip_address(address).reverse_pointer


def address_of(name: str) -> str | None:
    """The address of a reverse name, None where it is none."""
    name = name.rstrip(".").lower()
    try:
        if name.endswith(".in-addr.arpa"):
            return str(IPv4Address(".".join(reversed(name.removesuffix(".in-addr.arpa").split(".")))))
        if name.endswith(".ip6.arpa"):
            digits = "".join(reversed(name.removesuffix(".ip6.arpa").split(".")))
            return str(IPv6Address(int(digits, 16))) if len(digits) == 32 else None
    except ValueError:
        return None
    return None
