#!/usr/bin/env bash
# Installs the Debian packages that are missing, and does nothing when none is: then it needs
# neither the network nor root.
#
#   tools/setup.sh [build] [test] [lint] [fuzz]      (without an argument: build)
#
# A line is one need: the packages that fill it, best first, each with the oldest version that
# does. Debian 12 and 13 name some of them differently.
set -euo pipefail

needs_build='
g++
cmake>=3.25
ninja-build
ccache
git
libcaf-dev>=0.17
libboost1.81-dev libboost1.83-dev libboost-dev>=1.81
librocksdb-dev>=7
libsimdjson-dev>=3
libssl-dev>=3
libcli11-dev
libtomlplusplus-dev
libspdlog-dev
libfmt-dev
prometheus-cpp-dev
catch2
libhowardhinnant-date-dev
tzdata
libbenchmark-dev
libgoogle-perftools-dev
zlib1g-dev
libzstd-dev
liblz4-dev
python3>=3.11
python3-yaml'
needs_test='
openssl
python3-jsonschema'
needs_lint='
clang-format
clang-tidy'
needs_fuzz='
clang-14 clang
libclang-rt-14-dev libclang-rt-dev'

fail() {
  echo "setup: $*" >&2
  exit 1
}

# good_version HAVE NEED: is the one at least the other (an empty need: always)?
good_version() {
  [[ -n $1 && $1 != "(none)" ]] && { [[ -z $2 ]] || dpkg --compare-versions "${1#*:}" ge "$2"; }
}

installed_version() {
  dpkg-query -W -f='${db:Status-Status} ${Version}\n' "$1" 2>/dev/null |
    sed -n 's/^installed //p' | head -n 1
}

offered_version() {
  apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: //p'
}

# first_good FUNCTION ALTERNATIVE…: the first package whose version, as FUNCTION tells, will do.
first_good() {
  local version_of=$1 alternative name need
  shift
  for alternative in "$@"; do
    name=${alternative%%>=*}
    need=
    [[ $alternative == *'>='* ]] && need=${alternative#*>=}
    if good_version "$("$version_of" "$name")" "$need"; then
      echo "$name"
      return 0
    fi
  done
  return 1
}

needs=
for group in "${@:-build}"; do
  case $group in
    build) needs+=$needs_build ;;
    test) needs+=$needs_test ;;
    lint) needs+=$needs_lint ;;
    fuzz) needs+=$needs_fuzz ;;
    *) fail "unknown group '$group'; there are build, test, lint and fuzz" ;;
  esac
done
needs=$(sort -u <<<"$needs")

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup: this is not Debian; what is needed must come from elsewhere:" >&2
  echo "$needs" >&2
  exit 0
fi

missing=()
while read -r line; do
  read -ra alternatives <<<"$line"
  [[ ${#alternatives[@]} -eq 0 ]] && continue
  first_good installed_version "${alternatives[@]}" >/dev/null || missing+=("$line")
done <<<"$needs"
[[ ${#missing[@]} -eq 0 ]] && exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  command -v sudo >/dev/null ||
    fail "these packages are missing, and there is neither root nor sudo: ${missing[*]}"
  as_root=(sudo)
fi

echo "setup: missing: ${missing[*]}"
"${as_root[@]}" apt-get update -q || fail "apt-get update failed; is there a network?"
packages=()
for line in "${missing[@]}"; do
  read -ra alternatives <<<"$line"
  name=$(first_good offered_version "${alternatives[@]}") ||
    fail "no package for '$line' here; Debian 12 and 13 have it"
  packages+=("$name")
done
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -q -y --no-install-recommends "${packages[@]}" ||
  fail "apt-get could not install: ${packages[*]}"
