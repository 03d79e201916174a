#!/usr/bin/env python3
"""Holds the source tree to the rules that no compiler checks.

    tidy_test.py [--root DIR]     exit status 1 and one line per fault
    tidy_test.py --self-test      plants every fault in a small tree and sees it found

Which rules there are is the list RULES; each is a function from a file (or the whole tree) to
faults. CONTRIBUTING.md says why they exist. Python 3 standard library only.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

ROOMS = ("base", "domain", "schemas", "persistence", "actors", "io", "app")
MAY_INCLUDE = {
    "base": {"base"},
    "domain": {"base", "domain"},
    "schemas": {"base", "domain", "schemas"},
    "persistence": {"base", "persistence"},
    "actors": {"base", "domain", "schemas", "persistence", "actors"},
    "io": {"base", "domain", "schemas", "actors", "io"},
    "app": set(ROOMS),
    "tests": set(ROOMS) | {"tests"},
    "bench": set(ROOMS) | {"bench", "tests"},
}
# Where a library may be included.
LIBRARIES = (
    ("RocksDB", re.compile(r"^rocksdb/"), re.compile(r"^(persistence|tests/persistence|bench)/")),
    ("simdjson", re.compile(r"^simdjson"),
     re.compile(r"^(schemas|io|tests|bench)/")),
    ("Beast and Asio", re.compile(r"^boost/(beast|asio)"),
     re.compile(r"^(io|app|tests/(io|app|support|fuzz)|bench)/")),
    ("CAF", re.compile(r"^caf/"), re.compile(r"^(actors|io/bridge|app|tests|bench)/")),
    ("OpenSSL's TLS", re.compile(r"^(openssl/ssl\.h|boost/(asio|beast)/ssl)"),
     re.compile(r"^(io|tests/(io|support)|bench)/")),
)

COLUMNS_MAX = 100
HEADER_LINES_MAX = 250
SOURCE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
LENGTH_DEFENCE = re.compile(r"^// (Longer than the rule: \S.*|.*[.:] Longer than the rule: \S.*)$")

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)', re.M)
TEXT_SUFFIXES = (".cpp", ".hpp", ".inc", ".py", ".sh", ".cmake", ".txt", ".toml", ".md", ".yaml",
                 ".json", ".svg", "Makefile", ".ci/run", ".clang-tidy", ".clang-format")
CODE_SUFFIXES = (".cpp", ".hpp", ".py", ".sh", ".cmake", "CMakeLists.txt", ".ci/run")
MACHINE_PATH = re.compile(r"(?<![\w.$}\])])/(?:work|home|root|Users|mnt|tmp)/\w")


class Tree:
    """The files that belong to the project, by path from the root, with their text."""

    def __init__(self, root):
        self.root = root
        self.files = {}
        for path in sorted(listed(root)):
            if path.endswith(TEXT_SUFFIXES) and not path.startswith("build/"):
                with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
                    self.files[path] = file.read()

    def matching(self, *suffixes):
        return [(path, text) for path, text in self.files.items() if path.endswith(suffixes)]


def listed(root):
    """What git knows or would add; in a tree without git, everything."""
    command = ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if os.path.exists(os.path.join(root, ".git")):
        names = subprocess.run(command, capture_output=True, check=True).stdout.decode().split("\0")
        return [name for name in names if name and os.path.isfile(os.path.join(root, name))]
    found = []
    for folder, _, names in os.walk(root):
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return found


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def blanked(match):
    return re.sub(r"[^\n]", " ", match.group())


def code_only(text):
    """The text with comments and literals blanked, every line where it was."""
    pattern = re.compile(r'R"([^(\s]*)\(.*?\)\1"'
                         r'|//[^\n]*|/\*.*?\*/'
                         r'|"(?:\\.|[^"\\\n])*"'
                         r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])*'", re.S)
    return pattern.sub(blanked, text)


def room_of(path):
    return path.split("/", 1)[0]


def found_in(path, text, pattern, message):
    return [(path, line_of(text, match.start()), message.format(match.group().strip()))
            for match in pattern.finditer(text)]


# -- includes ------------------------------------------------------------------------------------


def rooms_include_only_what_they_may(tree):
    for path, text in tree.matching(".cpp", ".hpp"):
        allowed = MAY_INCLUDE.get(room_of(path))
        for match in INCLUDE.finditer(text) if allowed else ():
            target = match.group(1)
            if target is None:
                continue
            where = (path, line_of(text, match.start()))
            if room_of(target) not in allowed or "/" not in target:
                yield (*where, f"{room_of(path)}/ may not include \"{target}\"")
            elif target not in tree.files:
                yield (*where, f"\"{target}\" is not in the tree")


def libraries_stay_in_their_rooms(tree):
    for path, text in tree.matching(".cpp", ".hpp"):
        for match in INCLUDE.finditer(text):
            target = match.group(2) or match.group(1)
            for name, library, place in LIBRARIES:
                if library.search(target) and not place.search(path):
                    yield path, line_of(text, match.start()), f"{name} has no place here: {target}"


# A header that shows such a library, itself or by another header, is for its own room.
INTERNAL_LIBRARIES = (
    ("RocksDB", re.compile(r"^rocksdb/"), set()),
    ("simdjson", re.compile(r"^simdjson"), {"schemas/strict_json.hpp"}),
)


def showing(tree, room, library, exceptions):
    """The headers of a room through which a library is seen."""
    headers = [(path, list(INCLUDE.finditer(text))) for path, text in tree.matching(".hpp")
               if path.startswith(room + "/") and path not in exceptions]
    found = {path for path, includes in headers
             if any(library.search(m.group(2) or "") for m in includes)}
    while True:
        more = {path for path, includes in headers if any(m.group(1) in found for m in includes)}
        if more <= found:
            return found
        found |= more


def libraries_are_not_seen_from_other_rooms(tree):
    for name, library, exceptions in INTERNAL_LIBRARIES:
        for room in ROOMS:
            internal = showing(tree, room, library, exceptions)
            for path, text in tree.matching(".cpp", ".hpp") if internal else ():
                if path.startswith((room + "/", "tests/", "bench/")):
                    continue
                for match in INCLUDE.finditer(text):
                    if match.group(1) in internal:
                        yield path, line_of(text, match.start()), f"{match.group(1)} shows {name}"


# -- the core --------------------------------------------------------------------------------------

IMPURE = re.compile(r"\b(?:system_clock::now|steady_clock|high_resolution_clock|s?rand\s*\("
                    r"|random_device|mt19937\w*|unordered_\w+|std::time\s*\(|getenv"
                    r"|this_thread|std::locale)")
FLOATING = re.compile(r"\b(?:double|float)\b")


def domain_is_pure(tree):
    for path, text in tree.matching(".cpp", ".hpp"):
        if path.startswith("domain/"):
            code = code_only(text)
            yield from found_in(path, code, FLOATING, "`{}`: money is never floating point")
            yield from found_in(path, code, IMPURE, "`{}`: the core is pure and ordered")
            for match in INCLUDE.finditer(text):
                if match.group(2) in ("random", "unordered_map", "unordered_set", "fstream",
                                      "iostream", "thread", "mutex"):
                    yield (path, line_of(text, match.start()),
                           f"<{match.group(2)}>: the core is pure and ordered")


# -- text ----------------------------------------------------------------------------------------


def lines_fit(tree):
    for path, text in tree.matching(*CODE_SUFFIXES):
        for number, line in enumerate(text.split("\n"), 1):
            if len(line) > COLUMNS_MAX:
                yield path, number, f"{len(line)} columns, {COLUMNS_MAX} are allowed"


def no_tabs_or_stray_blanks(tree):
    for path, text in tree.matching(*CODE_SUFFIXES, ".md", ".toml", ".yaml"):
        yield from ((p, n, "a tab") for p, n, _ in found_in(path, text, re.compile(r"\t"), "{}"))
        yield from ((p, n, "blanks at the end of a line")
                    for p, n, _ in found_in(path, text, re.compile(r"[ \t]+$", re.M), "{}"))
        if text and not text.endswith("\n"):
            yield path, text.count("\n") + 1, "no newline at the end"


def head_comment(text):
    lines = []
    for line in text.split("\n"):
        if not line.startswith("//"):
            break
        lines.append(line)
    return lines


def files_are_short_or_say_why(tree):
    for path, text in tree.matching(".cpp", ".hpp"):
        limit = HEADER_LINES_MAX if path.endswith(".hpp") else SOURCE_LINES_MAX
        lines = text.count("\n")
        defended = any(LENGTH_DEFENCE.match(line) for line in head_comment(text))
        if lines > limit and not defended and not path.startswith("tests/"):
            yield (path, 1, f"{lines} lines, {limit} are allowed unless the head comment says "
                            f"`Longer than the rule: <why>`")


FUNCTION_HEAD = re.compile(r"(\)|\b(?:const|noexcept|override|final)|->[^;]*)\s*$")
TEMPLATE_HEAD = re.compile(r"\btemplate\s*<(?:[^<>]|<[^<>]*>)*>")
SCOPE_HEAD = re.compile(r"^\s*(?:namespace|class|struct|union|enum|extern)\b")
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)


def functions_are_short(tree):
    """A function is the outermost block that is neither a namespace nor a type."""
    for path, text in tree.matching(".cpp", ".hpp"):
        if path.startswith("tests/"):
            continue
        code = DIRECTIVE.sub(blanked, code_only(text))
        open_blocks, head_start = [], 0
        for match in re.finditer(r"[{};]", code):
            position, sign = match.start(), match.group()
            if sign == "{":
                head = TEMPLATE_HEAD.sub("", code[head_start:position])
                is_scope = bool(SCOPE_HEAD.match(head)) and not head.rstrip().endswith(")")
                outermost = all(scope for scope, _, _ in open_blocks)
                is_function = outermost and not is_scope and bool(FUNCTION_HEAD.search(head))
                open_blocks.append((is_scope, is_function, position))
            elif sign == "}" and open_blocks:
                _, is_function, start = open_blocks.pop()
                length = code.count("\n", start, position)
                if is_function and length > FUNCTION_LINES_MAX:
                    yield (path, line_of(code, start),
                           f"a function of {length} lines, {FUNCTION_LINES_MAX} are allowed")
            head_start = position + 1


def headers_are_guarded(tree):
    for path, text in tree.matching(".hpp"):
        if not re.search(r"^#pragma once$", text, re.M):
            yield path, 1, "no `#pragma once`"


def files_say_what_they_are(tree):
    """At the head, or, where a source begins with its own header, there."""
    for path, text in tree.matching(".cpp", ".hpp"):
        own = INCLUDE.match(text)
        says_it = path.endswith(".cpp") and own and own.group(1) == path[:-4] + ".hpp"
        if not head_comment(text) and not says_it:
            yield path, 1, "no comment at the head that says what this is"


UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b(?!\(#\d+\): \S)")


def unfinished_work_has_an_issue(tree):
    for path, text in tree.files.items():
        yield from found_in(path, text, UNFINISHED, "`{}` without the number of an issue: (#12): …")


def no_paths_of_a_machine(tree):
    for path, text in tree.files.items():
        if not path.endswith((".json", "tidy_test.py")):
            yield from found_in(path, text, MACHINE_PATH, "`{}…` exists on one machine only")


# -- tests and build -------------------------------------------------------------------------------


def tests_do_not_sleep(tree):
    sleeping = re.compile(r"\b(?:sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(")
    for path, text in tree.matching(".cpp", ".hpp"):
        if path.startswith("tests/"):
            yield from found_in(path, code_only(text), sleeping, "`{}`: wait for what is to come")


def test_names_are_sentences(tree):
    named = re.compile(r'\bTEST_CASE\(\s*"((?:\\.|[^"\\])*)"')
    for path, text in tree.matching(".cpp"):
        for match in named.finditer(text):
            if " " not in match.group(1):
                yield path, line_of(text, match.start()), f"`{match.group(1)}` is not a sentence"


def tests_include_catch_by_one_name(tree):
    for path, text in tree.matching(".cpp", ".hpp"):
        if path != "tests/support/catch.hpp":
            for match in INCLUDE.finditer(text):
                if (match.group(2) or "").startswith("catch2/"):
                    yield (path, line_of(text, match.start()),
                           "include \"tests/support/catch.hpp\", it knows the version")


def sources_are_built(tree):
    """A source that no CMakeLists.txt above it names is dead. Fuzzers are found by pattern."""
    for path, _ in tree.matching(".cpp"):
        if path.startswith("tests/fuzz/"):
            continue
        folder = os.path.dirname(path)
        while True:
            listing = tree.files.get(os.path.join(folder, "CMakeLists.txt"), "")
            name = os.path.relpath(path, folder or ".")
            if re.search(r"(?<![\w/])" + re.escape(name) + r"(?!\w)", listing):
                break
            if not folder:
                yield path, 1, "no CMakeLists.txt builds it"
                break
            folder = os.path.dirname(folder)


# Accepted so that one file configures every version; the client that calls Stripe reads them.
OF_THE_STRIPE_CLIENT = {"stripe.secret_key", "stripe.api_base"}


def settings_are_read(tree):
    """A setting that nothing looks at is a promise not kept."""
    table = tree.files.get("app/settings_table.cpp", "")
    if "app/main.cpp" not in tree.files:
        return
    readers = "\n".join(code_only(text) for path, text in tree.matching(".cpp", ".hpp")
                        if path.startswith("app/") and not path.startswith("app/settings_"))
    for match in re.finditer(r"BURSAR_SETTING\(([a-z]\w*), (\w+)\)", table):
        section, key = match.groups()
        if f"{section}.{key}" in OF_THE_STRIPE_CLIENT:
            continue
        if not re.search(rf"\b{section}\.{key}\b", readers):
            yield ("app/settings_table.cpp", line_of(table, match.start()),
                   f"nothing reads {section}.{key}")


def fuzzers_have_seeds(tree):
    """A line of the table without its program, or a program without a seed, tests nothing."""
    table = tree.files.get("tests/fuzz/CMakeLists.txt", "")
    for match in re.finditer(r'^\s*"(\w+) \| ', table, re.M):
        name = match.group(1)
        where = ("tests/fuzz/CMakeLists.txt", line_of(table, match.start(1)))
        if f"tests/fuzz/{name}_fuzz.cpp" not in tree.files:
            yield (*where, f"there is no {name}_fuzz.cpp")
        elif not os.path.isdir(os.path.join(tree.root, "tests/fuzz/corpus", name)):
            yield (*where, f"there are no seeds in corpus/{name}/")


RULES = (rooms_include_only_what_they_may, libraries_stay_in_their_rooms,
         libraries_are_not_seen_from_other_rooms, domain_is_pure, lines_fit,
         no_tabs_or_stray_blanks, files_are_short_or_say_why, functions_are_short,
         headers_are_guarded, files_say_what_they_are, unfinished_work_has_an_issue,
         no_paths_of_a_machine, tests_do_not_sleep, test_names_are_sentences,
         tests_include_catch_by_one_name, sources_are_built, settings_are_read, fuzzers_have_seeds)


def faults_of(root):
    tree = Tree(root)
    return len(tree.files), [(rule.__name__, *fault) for rule in RULES for fault in rule(tree)]


# -- self-test -------------------------------------------------------------------------------------

GOOD = {
    "base/money.hpp": "// Money.\n#pragma once\n",
    "base/money.cpp": '#include "base/money.hpp"\n',
    "base/CMakeLists.txt": "bursar_room(base SOURCES money.cpp)\n",
    "domain/invoice.hpp": '// A double-checked invoice.\n#pragma once\n#include "base/money.hpp"\n'
                          "inline const char* word = \"double\"; // a float in words\n",
    "schemas/codec.cpp": '// C.\n#include <simdjson.h>\n#include "domain/invoice.hpp"\n',
    "schemas/reader.hpp": "// R.\n#pragma once\n#include <simdjson.h>\n",
    "schemas/wrapped.hpp": '// W.\n#pragma once\n#include "schemas/reader.hpp"\n',
    "schemas/strict_json.hpp": "// S.\n#pragma once\n#include <simdjson.h>\n",
    "schemas/CMakeLists.txt": "bursar_room(schemas SOURCES codec.cpp)\n",
    "persistence/journal.hpp": "// J.\n#pragma once\n",
    "persistence/rocks.hpp": "// R.\n#pragma once\n#include <rocksdb/db.h>\n",
    "actors/node.hpp": '// N.\n#pragma once\n#include <caf/actor.hpp>\n'
                       '#include "persistence/journal.hpp"\n',
    "io/server.hpp": '// S.\n#pragma once\n#include <boost/asio/ssl.hpp>\n'
                     '#include "actors/node.hpp"\n',
    "io/bridge/ask.hpp": "// A.\n#pragma once\n#include <caf/send.hpp>\n",
    "app/main.cpp": '// M.\n#include "io/server.hpp"\nint n = settings.log.level;\n',
    "app/settings_table.cpp": "// T.\nrow x = {BURSAR_SETTING(log, level)};\n",
    "app/CMakeLists.txt": "bursar_room(app SOURCES main.cpp settings_table.cpp)\n",
    "tests/base/money_test.cpp": '// T.\n#include "base/money.hpp"\n'
                                 'TEST_CASE("money adds up", "[base]") {}\n',
    "tests/base/CMakeLists.txt": "bursar_test(money_test SOURCES money_test.cpp)\n",
    "tests/fuzz/gate_fuzz.cpp": "// F.\n",
    "tests/fuzz/corpus/gate/seed": "GET /\n",
    "tests/fuzz/CMakeLists.txt": 'set(fuzzers\n  "gate | bursar_io")\n',
    "docs/a.md": "See /api/v1 and https://bursar.dev/work/x.\n",
}

BODY = "".join("  step();\n" for _ in range(FUNCTION_LINES_MAX + 1))
UNDONE = "TO" "DO"
# rule, file, its text: each planted alone in the good tree must be found by exactly that rule.
BAD = (
    ("rooms_include_only_what_they_may", "base/bad.hpp",
     '// B.\n#pragma once\n#include "domain/invoice.hpp"\n'),
    ("rooms_include_only_what_they_may", "domain/bad.hpp",
     '// B.\n#pragma once\n#include "schemas/codec.hpp"\n'),
    ("rooms_include_only_what_they_may", "schemas/bad.hpp",
     '// B.\n#pragma once\n#include "persistence/journal.hpp"\n'),
    ("rooms_include_only_what_they_may", "persistence/bad.hpp",
     '// B.\n#pragma once\n#include "domain/invoice.hpp"\n'),
    ("rooms_include_only_what_they_may", "actors/bad.hpp",
     '// B.\n#pragma once\n#include "io/server.hpp"\n'),
    ("rooms_include_only_what_they_may", "io/bad.hpp",
     '// B.\n#pragma once\n#include "persistence/journal.hpp"\n'),
    ("rooms_include_only_what_they_may", "io/bad.hpp",
     '// B.\n#pragma once\n#include "server.hpp"\n'),
    ("rooms_include_only_what_they_may", "io/bad.hpp",
     '// B.\n#pragma once\n#include "io/gone.hpp"\n'),
    ("rooms_include_only_what_they_may", "app/bad.hpp",
     '// B.\n#pragma once\n#include "tests/support/catch.hpp"\n'),
    ("libraries_stay_in_their_rooms", "actors/bad.hpp",
     "// B.\n#pragma once\n#include <rocksdb/db.h>\n"),
    ("libraries_stay_in_their_rooms", "actors/bad.hpp",
     "// B.\n#pragma once\n#include <simdjson.h>\n"),
    ("libraries_are_not_seen_from_other_rooms", "io/bad.hpp",
     '// B.\n#pragma once\n#include "schemas/reader.hpp"\n'),
    ("libraries_are_not_seen_from_other_rooms", "io/bad.hpp",
     '// B.\n#pragma once\n#include "schemas/wrapped.hpp"\n'),
    ("libraries_stay_in_their_rooms", "actors/bad.hpp",
     "// B.\n#pragma once\n#include <boost/beast/core.hpp>\n"),
    ("libraries_stay_in_their_rooms", "domain/bad.hpp",
     "// B.\n#pragma once\n#include <boost/asio/post.hpp>\n"),
    ("libraries_stay_in_their_rooms", "io/bad.hpp",
     "// B.\n#pragma once\n#include <caf/actor.hpp>\n"),
    ("libraries_stay_in_their_rooms", "base/bad.hpp",
     "// B.\n#pragma once\n#include <openssl/ssl.h>\n"),
    ("libraries_are_not_seen_from_other_rooms", "actors/bad.hpp",
     '// B.\n#pragma once\n#include "persistence/rocks.hpp"\n'),
    ("domain_is_pure", "domain/bad.hpp", "// B.\n#pragma once\ninline double rate = 1;\n"),
    ("domain_is_pure", "domain/bad.hpp", "// B.\n#pragma once\nstd::vector<float> rates;\n"),
    ("domain_is_pure", "domain/bad.hpp", "// B.\n#pragma once\nauto t = system_clock::now();\n"),
    ("domain_is_pure", "domain/bad.hpp", "// B.\n#pragma once\nint n = rand();\n"),
    ("domain_is_pure", "domain/bad.hpp", "// B.\n#pragma once\n#include <unordered_map>\n"),
    ("domain_is_pure", "domain/bad.hpp", "// B.\n#pragma once\nstd::unordered_set<int> s;\n"),
    ("lines_fit", "base/bad.hpp", "// B.\n#pragma once\n// " + "x" * 98 + "\n"),
    ("no_tabs_or_stray_blanks", "base/bad.hpp", "// B.\n#pragma once\n\tint x;\n"),
    ("no_tabs_or_stray_blanks", "base/bad.hpp", "// B. \n#pragma once\n"),
    ("no_tabs_or_stray_blanks", "base/bad.hpp", "// B.\n#pragma once"),
    ("files_are_short_or_say_why", "base/bad.hpp",
     "// B.\n#pragma once\n" + "int x;\n" * HEADER_LINES_MAX),
    ("files_are_short_or_say_why", "base/money.cpp",
     "// B.\n" + "int x;\n" * SOURCE_LINES_MAX),
    ("functions_are_short", "base/bad.hpp",
     "// B.\n#pragma once\ninline int f(int a,\n             int b) {\n" + BODY + "}\n"),
    ("functions_are_short", "base/bad.hpp",
     "// B.\n#pragma once\nstruct a {\n  template <class T>\n  a f() const {\n" + BODY
     + "  }\n};\n"),
    ("headers_are_guarded", "base/bad.hpp", "// B.\nint x;\n"),
    ("files_say_what_they_are", "base/bad.hpp", "#pragma once\n// Too late.\n"),
    ("unfinished_work_has_an_issue", "base/bad.hpp", f"// B.\n#pragma once\n// {UNDONE}: more\n"),
    ("unfinished_work_has_an_issue", "docs/bad.md", f"{UNDONE}(someone): write\n"),
    ("no_paths_of_a_machine", "docs/bad.md", "Look in /home" + "/me/bursar.\n"),
    ("no_paths_of_a_machine", "tools/bad.sh", "cd /tmp" + "/x\n"),
    ("tests_do_not_sleep", "tests/base/bad.hpp",
     "// B.\n#pragma once\nvoid f() { std::this_thread::sleep_for(1s); }\n"),
    ("test_names_are_sentences", "tests/fuzz/bad_fuzz.cpp", '// B.\nTEST_CASE("money_1") {}\n'),
    ("tests_include_catch_by_one_name", "tests/base/bad.hpp",
     "// B.\n#pragma once\n#include <catch2/catch.hpp>\n"),
    ("sources_are_built", "base/bad.cpp", "// B.\n"),
    ("sources_are_built", "io/money.cpp", "// B.\n"),
    ("settings_are_read", "app/settings_table.cpp",
     "// T.\nrow x[] = {{BURSAR_SETTING(log, level)}, {BURSAR_SETTING(log, color)}};\n"),
    ("fuzzers_have_seeds", "tests/fuzz/CMakeLists.txt", 'set(fuzzers\n  "gone | bursar_io")\n'),
    ("fuzzers_have_seeds", "tests/fuzz/CMakeLists.txt",
     'set(fuzzers\n  "gate | bursar_io"\n  "bad | bursar_io")\n'),
)
# As close to a fault as may be.
ALSO_GOOD = (
    ("base/bad.hpp", "// B.\n#pragma once\n// " + "ü" * 97 + "\n"),
    ("base/bad.hpp", "// B. Longer than the rule: one table.\n#pragma once\n"
     + "int x;\n" * HEADER_LINES_MAX),
    ("base/bad.hpp", f"// B.\n#pragma once\n// {UNDONE}(#12): name the bound\n"),
    ("domain/bad.hpp", "// B.\n#pragma once\n// No double, no rand().\nint floats = 1'000'000;\n"),
    ("base/bad.hpp", "// B.\n#pragma once\nnamespace a {\n" + "int x;\n" * 80 + "}\n"),
    ("base/bad.hpp", "// B.\n#pragma once\ntemplate <class T>\nstruct a {\n"
     + "int x;\n" * 80 + "};\n"),
    ("base/bad.hpp", "// B.\n#pragma once\nrow rows[] = {\n" + "  {f(), 1},\n" * 80 + "};\n"),
    ("base/bad.hpp", "// B.\n#pragma once\nstruct a : b<c(1)> {\n" + "int x;\n" * 80 + "};\n"),
    ("io/bad.hpp", '// B.\n#pragma once\n#include "schemas/strict_json.hpp"\n'),
)


def plant(root, files):
    for path, text in files.items():
        full = os.path.normpath(os.path.join(root, path))
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)


def faults_with(path, text):
    with tempfile.TemporaryDirectory() as root:
        plant(root, GOOD | ({path: text} if path else {}))
        return faults_of(root)[1]


def self_test():
    wrong = []
    for path, text in ((None, None), *ALSO_GOOD):
        wrong += [f"found in a good tree ({path}): {fault}" for fault in faults_with(path, text)]
    for rule, path, text in BAD:
        if {fault[0] for fault in faults_with(path, text)} != {rule}:
            wrong.append(f"{rule} on {path}: found {faults_with(path, text)}\n{text[:200]}")
    wrong += [f"{rule.__name__} is not tested" for rule in RULES
              if rule.__name__ not in {bad[0] for bad in BAD}]
    print("\n".join(wrong))
    print(f"{len(BAD)} planted faults, {len(wrong)} wrong")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=os.path.join(os.path.dirname(__file__), "..", ".."))
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if arguments.self_test:
        return self_test()
    count, faults = faults_of(os.path.abspath(arguments.root))
    for rule, path, line, message in faults:
        print(f"{path}:{line}: {message} [{rule}]")
    print(f"{count} files, {len(faults)} faults")
    # A tree without files is a wrong --root, not a clean one.
    return 1 if faults or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
