# The verbs of the project; what they do is in CMakePresets.json, tools/ and the CMakeLists.txt.
# One preset serves run and test, so that nothing is compiled twice.
PRESET ?= release
BUILD  := build/$(PRESET)
# As many compilers at a time as there are cores and 2 GiB pieces of memory.
JOBS   ?= $(shell awk -v cores="$$(nproc)" '/MemAvailable/ {n = int($$2 / 2097152); \
            if (n > cores) n = cores; print (n < 1 ? 1 : n)}' /proc/meminfo)
# Slow tests mostly wait: for a process to start, for a deadline, for a moment to kill at.
SLOW_JOBS ?= $(shell expr 2 \* $(JOBS))
# Where DEMO=0 keeps what it is told; made if it is not there.
DATA   ?= data
FUZZ_SECONDS ?= 300
# Groups of packages; what tests and fuzzers need besides, their targets say.
NEEDS  := build

CTEST = ctest --test-dir $(BUILD) --output-on-failure --no-tests=error -j $(JOBS)

.DEFAULT_GOAL := help
.PHONY: help setup configure run build test test-slow bench asan fuzz fmt lint clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

setup:  ## install the Debian packages that are missing
	@tools/setup.sh $(NEEDS)

configure: setup
	@mkdir -p build
	@cmake --preset $(PRESET) >$(BUILD).log 2>&1 || { cat $(BUILD).log; exit 1; }

run: configure  ## build and start on sample life stories, http://127.0.0.1:3401 (DEMO=0: empty)
	cmake --build $(BUILD) -j $(JOBS) --target bursar
ifeq ($(DEMO),0)
	$(BUILD)/app/bursar serve --config config/bursar.toml --data $(DATA)
else
	$(BUILD)/app/bursar demo
endif

build: configure  ## build everything
	cmake --build $(BUILD) -j $(JOBS)

test test-slow asan: NEEDS += test
test: build  ## build everything, run the fast tests
	$(CTEST) -L fast --output-junit fast.xml

test-slow fuzz: NEEDS += fuzz
test-slow: build  ## run the slow tests: kill -9, life stories, fuzzers for half a minute
	$(CTEST) -j $(SLOW_JOBS) -L slow --output-junit slow.xml

bench: configure  ## measure; BENCH="--only hot --write" measures less, and writes the table
	cmake --build $(BUILD) -j $(JOBS) --target bench_programs
	python3 bench/run.py --programs $(BUILD)/bench --bursar $(BUILD)/app/bursar $(BENCH)

# Some tests watch a server's memory, and ASan's default holds on to 256 MiB of what was freed.
asan: setup  ## everything under AddressSanitizer and UndefinedBehaviorSanitizer
	$(MAKE) PRESET=asan configure
	cmake --build build/asan -j $(JOBS)
	ASAN_OPTIONS=quarantine_size_mb=8 \
	ctest --test-dir build/asan --output-on-failure --no-tests=error -j $(JOBS) -LE fuzz

fuzz: setup  ## run each fuzzer for FUZZ_SECONDS (300)
	cmake --preset $(PRESET) -B build/fuzz -DBURSAR_FUZZ_SECONDS=$(FUZZ_SECONDS) >/dev/null
	ctest --test-dir build/fuzz --output-on-failure --no-tests=error -j $(JOBS) -L fuzz

fmt:  ## format all C++
	@tools/setup.sh lint
	tools/lint.sh fmt

lint: configure  ## format check, tidy test, clang-tidy on what changed (LINT_BASE: since then)
	@tools/setup.sh lint
	tools/lint.sh check $(BUILD)

clean:  ## remove all that was built
	rm -rf build
