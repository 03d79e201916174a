"""Billing periods as Bursar counts them, beside a model of their own: Python's calendar and zones.
`calendar_model.py PROGRAM sample|whole`."""

import calendar
import datetime
import subprocess
import sys
import zoneinfo

FIRST, LAST = 2020, 2032
# Half an hour of daylight saving, none but at :45, at midnight, suspended for Ramadan, begun,
# ended or moved within these years.
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
         "Pacific/Chatham", "Africa/Casablanca", "America/St_Johns", "America/Havana",
         "Asia/Beirut", "Asia/Gaza", "America/Santiago", "America/Asuncion", "Africa/Cairo",
         "Asia/Tehran", "Pacific/Apia", "America/Nuuk", "Asia/Amman")
CADENCES = (("day", 1), ("week", 1), ("month", 1), ("month", 3), ("year", 1))
SECONDS_OF_DAY = (0, 2 * 3600 + 1800)
UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)


def unix(moment):
    return round((moment - EPOCH).total_seconds())


def end_of_gap(before, zone):
    """The first moment with the new offset, of a change that follows `before` closely."""
    low, high = before, before + 2 * 86400
    at = lambda second: (EPOCH + datetime.timedelta(seconds=second)).astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if at(middle) == at(before) else (low, middle)
    return high


def instant(local, zone):
    """Of a local time that is twice the first, of one that is not the end of the gap."""
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local:
        return unix(moment)
    return end_of_gap(unix(moment) - 86400, zone)


def local_times(anchor, interval, count, second):
    """Local times at which periods begin, without end."""
    month, day = anchor
    time = datetime.timedelta(seconds=second)
    if interval in ("day", "week"):
        step = datetime.timedelta(days=count * (7 if interval == "week" else 1))
        at = datetime.datetime(FIRST, month, day) + time
        while True:
            yield at
            at += step
    year = FIRST
    while True:
        last = calendar.monthrange(year, month)[1]
        yield datetime.datetime(year, month, min(day, last)) + time
        for _ in range(count * (12 if interval == "year" else 1)):
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def main():
    program, extent = sys.argv[1:]
    zones, days = (ZONES, range(1, 32)) if extent == "whole" else (ZONES[::5], (1, 15, 29, 30, 31))
    anchors = [(1, day) for day in days] + [(2, 29), (3, 29), (10, 25), (12, 31)]
    until = unix(datetime.datetime(LAST + 1, 1, 1, tzinfo=UTC))
    series = [(zone, cadence, anchor, second) for zone in zones for cadence in CADENCES
              for anchor in anchors for second in SECONDS_OF_DAY]
    asked = "".join(f"{zone} {interval} {count} {FIRST} {month} {day} {second} {until}\n"
                    for zone, (interval, count), (month, day), second in series)
    answered = subprocess.run([program], input=asked, capture_output=True, text=True, check=True)
    lines = answered.stdout.splitlines()
    assert len(lines) == len(series), (len(lines), len(series))
    periods = 0
    for (name, (interval, count), anchor, second), line in zip(series, lines):
        zone = zoneinfo.ZoneInfo(name)
        starts = [int(x) for x in line.split()]
        assert starts[-1] >= until > starts[-2], (name, interval, anchor)
        expected = local_times(anchor, interval, count, second)
        for number, start in enumerate(starts):
            local = next(expected)
            assert start == instant(local, zone), (
                f"{name}, every {count} {interval} from {anchor}, period {number}: begins at "
                f"{start}, the model says {local} is {instant(local, zone)}")
            assert number == 0 or start > starts[number - 1], (name, interval, anchor, number)
        periods += len(starts) - 1
    print(f"{len(series)} series, {periods} periods: as the model says")


main()
