"""RocksDB's write-ahead log as somebody sees it who wants to change it and not be noticed.

    log     = block*, 32,768 bytes each
    record  = checksum(4) ‖ length(2) ‖ kind(1) ‖ payload; kind 1 is a whole record, 2, 3 and 4 are
              the first, a middle and the last part of one that does not fit into its block
    the checksum is the masked CRC-32C of kind ‖ payload; numbers are little endian
"""

import struct

HEADER = 7
BLOCK = 32_768
WHOLE, FIRST, MIDDLE, LAST = 1, 2, 3, 4


def _table():
    out = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        out.append(byte)
    return out


TABLE = _table()


def checksum(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return (crc >> 15 | crc << 17) + 0xA282EAD8 & 0xFFFFFFFF


def payloads(log):
    """The payload of each record."""
    out, at, parts = [], 0, None
    while at + HEADER <= len(log):
        if BLOCK - at % BLOCK < HEADER:  # filled with zeros
            at += BLOCK - at % BLOCK
            continue
        expected, length, kind = struct.unpack_from("<IHB", log, at)
        payload = log[at + HEADER:at + HEADER + length]
        follows = kind in (MIDDLE, LAST)
        if (kind not in (WHOLE, FIRST, MIDDLE, LAST) or follows != (parts is not None)
                or expected != checksum(bytes([kind]) + payload)):
            raise ValueError(f"no record at byte {at}")
        parts = (parts or []) + [payload]
        if kind in (WHOLE, LAST):
            out.append(b"".join(parts))
            parts = None
        at += HEADER + length
    return out


def log_of(records):
    """A log with these records, all checksums right."""
    out = bytearray()
    for payload in records:
        begun = False
        while True:
            room = BLOCK - len(out) % BLOCK
            if room < HEADER:
                out += bytes(room)
                continue
            part, payload = payload[:room - HEADER], payload[room - HEADER:]
            kind = (MIDDLE if payload else LAST) if begun else (FIRST if payload else WHOLE)
            out += struct.pack("<IHB", checksum(bytes([kind]) + part), len(part), kind) + part
            begun = True
            if not payload:
                break
    return bytes(out)
