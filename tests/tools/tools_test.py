#!/usr/bin/env python3
"""tools/totals.py on reports of every kind, and tools/setup.sh on machines of every kind.

A machine is a folder of stand-ins for dpkg-query, apt-cache, apt-get and id, first in PATH.
"""

import os
import subprocess
import sys
import tempfile
import textwrap
import unittest

ROOT = os.path.abspath(sys.argv.pop(1) if len(sys.argv) > 1 else ".")


def report(*outcomes):
    cases = "".join(f'<testcase name="t{i}" status="{o}"/>' for i, o in enumerate(outcomes))
    return f"<testsuite>{cases}</testsuite>"


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder.name, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        return path


class Totals(Folder):
    def totals(self, status, *reports):
        done = subprocess.run([sys.executable, os.path.join(ROOT, "tools/totals.py"), str(status),
                               *reports], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.splitlines()[-1]

    def test_all_reports_are_added_up(self):
        fast = self.write("fast.xml", report("run", "run"))
        slow = self.write("slow.xml", report("run"))
        self.assertEqual(self.totals(0, fast, slow), (0, "3 passed, 0 failed"))

    def test_a_test_that_failed_or_did_not_run_is_a_failure(self):
        fast = self.write("fast.xml", report("run", "fail", "notrun", "disabled"))
        self.assertEqual(self.totals(8, fast), (1, "1 passed, 3 failed"))

    def test_a_broken_build_is_a_failure_without_any_report(self):
        self.assertEqual(self.totals(2, "no.xml", "no.xml"), (1, "0 passed, 1 failed"))

    def test_a_missing_report_is_a_failure_even_if_all_went_well(self):
        fast = self.write("fast.xml", report("run"))
        self.assertEqual(self.totals(0, fast, "no.xml"), (1, "1 passed, 1 failed"))

    def test_nothing_played_is_not_a_success(self):
        fast = self.write("fast.xml", report())
        self.assertEqual(self.totals(0, fast), (1, "0 passed, 0 failed"))


class Setup(Folder):
    def setup_on(self, installed, offered=None, user=0, arguments=("build", "fuzz")):
        """`installed` and `offered` say the version of a package, or None."""
        self.write("dpkg-query", "#!/usr/bin/env bash\ncase ${@: -1} in\n" + "".join(
            f"{name}) echo 'installed {version}' ;;\n" for name, version in installed.items())
            + "*) exit 1 ;;\nesac\n", 0o755)
        self.write("apt-cache", "#!/usr/bin/env bash\ncase ${@: -1} in\n" + "".join(
            f"{name}) echo '  Candidate: {version}' ;;\n"
            for name, version in (offered or {}).items()) + "*) ;;\nesac\n", 0o755)
        self.write("apt-get", '#!/usr/bin/env bash\necho "apt-get $*"\n', 0o755)
        self.write("id", f"#!/usr/bin/env bash\necho {user}\n", 0o755)
        self.write("sudo", '#!/usr/bin/env bash\necho "sudo"; exec "$@"\n', 0o755)
        done = subprocess.run(
            [os.path.join(ROOT, "tools/setup.sh"), *arguments], capture_output=True, text=True,
            check=False, env=os.environ | {"PATH": self.folder.name + ":" + os.environ["PATH"]})
        return done.returncode, done.stdout, done.stderr

    def everything(self, **other):
        names = textwrap.dedent("""
            g++ ninja-build ccache git libcli11-dev libtomlplusplus-dev libspdlog-dev libfmt-dev
            prometheus-cpp-dev catch2 libhowardhinnant-date-dev libbenchmark-dev
            libgoogle-perftools-dev zlib1g-dev libzstd-dev liblz4-dev python3-yaml clang-14
            libclang-rt-14-dev python3-jsonschema tzdata""").split()
        machine = dict.fromkeys(names, "9.0") | {
            "cmake": "3.25.1-1", "libcaf-dev": "0.17.6-2.1", "librocksdb-dev": "7.8.3-2",
            "libsimdjson-dev": "3.0.1-1", "libssl-dev": "3.0.17-1~deb12u2", "python3": "3.11.2-1",
            "libboost1.81-dev": "1.81.0-5"} | {k.replace("_", "-"): v for k, v in other.items()}
        return {name: version for name, version in machine.items() if version}

    def test_nothing_is_done_where_nothing_is_missing(self):
        self.assertEqual(self.setup_on(self.everything(), user=1000), (0, "", ""))

    def test_exactly_what_is_missing_is_installed(self):
        code, out, _ = self.setup_on(self.everything(catch2=None, ccache=None),
                                     {"catch2": "2.13", "ccache": "4.7"})
        self.assertEqual(code, 0)
        self.assertIn("install -q -y --no-install-recommends catch2 ccache\n",
                      out.replace("ccache catch2", "catch2 ccache"))
        self.assertNotIn("sudo", out)

    def test_a_package_that_is_too_old_is_missing(self):
        code, out, _ = self.setup_on(
            self.everything(**{"libboost1.81_dev": None, "libboost_dev": "1.74.0.3"}),
            {"libboost1.81-dev": "1.81.0-5", "libboost-dev": "1.74.0.3"})
        self.assertEqual(code, 0)
        self.assertTrue(out.endswith(" libboost1.81-dev\n"))

    def test_debian_13_calls_them_by_other_names(self):
        code, out, _ = self.setup_on(
            self.everything(**{"libboost1.81_dev": None, "clang_14": None,
                               "libclang_rt_14_dev": None}),
            {"libboost1.83-dev": "1.83.0-4", "clang": "1:19.0-63", "libclang-rt-dev": "1:19.0-63"})
        self.assertEqual(code, 0)
        self.assertEqual(set(out.splitlines()[-1].split()[-3:]),
                         {"clang", "libboost1.83-dev", "libclang-rt-dev"})

    def test_somebody_who_is_not_root_uses_sudo(self):
        code, out, _ = self.setup_on(self.everything(ccache=None), {"ccache": "4.7"}, user=1000)
        self.assertEqual((code, out.count("sudo")), (0, 2))

    def test_what_no_package_fills_is_said(self):
        code, _, errors = self.setup_on(self.everything(libcaf_dev=None))
        self.assertEqual((code, errors),
                         (1, "setup: no package for 'libcaf-dev>=0.17' here; "
                             "Debian 12 and 13 have it\n"))

    def test_an_unknown_group_is_refused(self):
        code, _, errors = self.setup_on(self.everything(), arguments=("bild",))
        self.assertEqual(code, 1)
        self.assertIn("unknown group 'bild'", errors)


if __name__ == "__main__":
    unittest.main()
