#!/usr/bin/env bash
# Formatting and static analysis.
#
#   tools/lint.sh fmt              formats every C++ file
#   tools/lint.sh check BUILD      format check, the tidy test, and clang-tidy on the sources that
#                                  changed since LINT_BASE (HEAD^; "all": on every source); BUILD
#                                  is a configured build directory
set -euo pipefail
cd "$(dirname "$0")/.."

mapfile -t files < <(git ls-files '*.cpp' '*.hpp')

if [[ ${1:-} == fmt ]]; then
  clang-format -i "${files[@]}"
  exit 0
fi
[[ ${1:-} == check && -f ${2:-}/compile_commands.json ]] ||
  { sed -n '4,7s/^# *//p' "$0"; exit 2; }

status=0
clang-format --dry-run --Werror "${files[@]}" || status=1
python3 tests/tidy/tidy_test.py || status=1

base=${LINT_BASE:-HEAD^}
sources=()
if [[ $base == all ]]; then
  sources=("${files[@]}")
else
  mapfile -t sources < <(git diff --name-only --diff-filter=d "$base" -- '*.cpp')
fi
for source in "${sources[@]}"; do
  # Only what the build compiles has a command to compile it by; a fuzzer is built elsewhere.
  grep -q "/$source\"" "$2/compile_commands.json" || continue
  echo "clang-tidy $source"
  clang-tidy --quiet -p "$2" --extra-arg=-Wno-unknown-warning-option "$source" || status=1
done
exit $status
