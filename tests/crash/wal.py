"""RocksDB's write-ahead log as somebody sees it who wants to change it and not be noticed.

    log     = block*, 32,768 bytes each
    record  = checksum(4) ‖ length(2) ‖ kind(1) ‖ payload; kind 1 is a whole record
    the checksum is the masked CRC-32C of kind ‖ payload; numbers are little endian
"""

import struct

HEADER = 7
BLOCK = 32_768
WHOLE = 1


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
    """The payload of each record; the log has whole records only."""
    out, at = [], 0
    while at + HEADER <= len(log):
        expected, length, kind = struct.unpack_from("<IHB", log, at)
        payload = log[at + HEADER:at + HEADER + length]
        if kind != WHOLE or expected != checksum(bytes([kind]) + payload):
            raise ValueError(f"no whole record at byte {at}")
        out.append(payload)
        at += HEADER + length
    return out


def log_of(records):
    """A log with these records, all checksums right."""
    out = b"".join(
        struct.pack("<IHB", checksum(bytes([WHOLE]) + payload), len(payload), WHOLE) + payload
        for payload in records)
    if len(out) > BLOCK:
        raise ValueError("more than one block")
    return out
