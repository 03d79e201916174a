#!/usr/bin/env python3
"""Adds up ctest's JUnit reports and prints `N passed, N failed` as the last line.

    totals.py STATUS REPORT...

STATUS is the exit status of what wrote the reports: where it is not 0 and no test failed (a build
broke, a report is missing), one failure is counted. Exits with 0 only if nothing failed and every
report is there.
"""

import os
import sys
import xml.etree.ElementTree


def outcomes(report):
    for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
        yield case.get("name"), case.get("status")


def main():
    status, reports = int(sys.argv[1]), sys.argv[2:]
    passed, failed = 0, 0
    for report in reports:
        if not os.path.exists(report):
            print(f"no results: {report}")
            status = status or 1
            continue
        for name, outcome in outcomes(report):
            if outcome == "run":
                passed += 1
            else:
                failed += 1
                print(f"failed: {name} ({outcome})")
    if status and not failed:
        failed = 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
