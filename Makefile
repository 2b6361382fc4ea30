# The few things one does with this tree, each in one word; CMake does the work. `make help`.

PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
SAMPLE = build/sample/telemetry.ndjson
POMONA = build/release/pomona
SIMULATE = build/release/tools/simulate/simulate
PROGRAMS = pomona simulate

# Kegs that Homebrew keeps out of pkg-config's and the shell's way.
ifeq ($(shell uname -s),Darwin)
BREW := $(shell brew --prefix 2>/dev/null)
export PKG_CONFIG_PATH := $(BREW)/opt/openssl@3/lib/pkgconfig:$(BREW)/opt/sqlite/lib/pkgconfig:$(BREW)/opt/libpq/lib/pkgconfig:$(BREW)/opt/libarchive/lib/pkgconfig:$(BREW)/opt/ncurses/lib/pkgconfig:$(BREW)/opt/zlib/lib/pkgconfig:$(PKG_CONFIG_PATH)
export PATH := $(PATH):$(BREW)/opt/llvm/bin
endif

.PHONY: help setup setup-if-missing setup-dev-if-missing build run test check format-check tidy \
        check-macos check-threads check-real check-malformed check-long lint bench bench-eql bench-macho bench-store conformance images bless fuzz validate quiet install clean

help: ## list these targets (the default)
	@sed -n 's/^\([a-z][a-z-]*\):.*## /\1|/p' $(firstword $(MAKEFILE_LIST)) | \
	    awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

setup: ## install what building needs and this machine lacks
	@tools/setup

setup-if-missing:
	@tools/setup --check --quiet || tools/setup

setup-dev-if-missing:
	@tools/setup --dev --check --quiet || tools/setup --dev

build: setup-if-missing ## build the program: build/release/pomona
	@mkdir -p build
	@cmake --preset release >build/release.log 2>&1 || { cat build/release.log; exit 1; }
	@cmake --build --preset release --target $(PROGRAMS)

run: build $(SAMPLE) ## find the attacks in a synthetic sample of telemetry
	$(POMONA) detect --links build/sample/links.db --level medium --output table $(SAMPLE)

$(SAMPLE): $(SIMULATE)
	@mkdir -p $(@D)
	$(SIMULATE) --hosts 3 --minutes 20 --seed 7 --attacks all --envelope \
	    --labels build/sample/labels.ndjson --links build/sample/links.db --output $@

$(SIMULATE): build ;

test: setup-if-missing ## build and run all tests under the sanitizers
	@tools/ctest asan

check: setup-dev-if-missing ## everything a change must pass, cheapest first
	@$(MAKE) --no-print-directory format-check tidy
	@tools/ctest --build-only clang
	@$(MAKE) --no-print-directory test
	@tools/tidy.py --symbols build/asan
	@$(MAKE) --no-print-directory check-threads
	@$(MAKE) --no-print-directory lint check-macos
	@echo "check: passed"

format-check:
	@tools/lint.sh format

tidy:
	@echo "tidy: layers, headers, banned names, cases"
	@tools/tidy.py

lint:
	@tools/lint.sh clang-tidy

check-threads: setup-if-missing ## run what has threads under the thread sanitizer
	@echo "threads: building build/tsan"
	@mkdir -p build
	@{ cmake --preset tsan && cmake --build --preset tsan --target threads.threads_test; } \
	    >build/tsan.log 2>&1 || { cat build/tsan.log; exit 1; }
	@build/tsan/tests/threads.threads_test >>build/tsan.log 2>&1 || { cat build/tsan.log; exit 1; }

check-macos: ## compile every source against macOS's own C headers
	@tools/check_macos.sh

check-real: build ## compare with what Apple's tools say of real packages (fetches them)
	@python3 tools/check_real.py

images: ## make the Mach-O images of the tests anew (NEW_KEYS=1: under new keys, too)
	@tests/macho/make/make_images.py $(if $(NEW_KEYS),--new-keys)

check-malformed: build ## read LLVM's malformed Mach-O inputs (fetches them) without a fault
	@cmake --build --preset release --target bench_usage
	@tools/ctest --build-only asan
	@tools/check_malformed.py

bench: build ## measure throughput and memory over half a gigabyte
	@cmake --build --preset release --target bench fleet bench_usage bench_baseline
	@bench/run

bench-eql: build ## what matching costs with more rules, and beside the Python reference
	@bench/run-eql

bench-macho: build ## how fast images are read, beside llvm-objdump and LIEF (fetches 3 GB)
	@bench/run-macho

bench-store: build ## what the store costs: a million findings put, pages of the queue, a running detect, a bundle of ATT&CK
	@cmake --build --preset release --target bench_store
	@rm -f build/bench-store.db*
	@build/release/bench/bench_store build/bench-store.db $(or $(FINDINGS),1000000)
	@rm -f build/bench-store.db*
	@bench/run-keep
	@bench/run-attack

quiet: build ## learn a baseline from ordinary work of an invented fleet, and count what 10,000 host-hours of another raise
	@bash tests/quiet.sh $(POMONA) $(SIMULATE) 20 5760 1000 600 5

validate: build ## replay the labelled scenarios: what is found, missed, falsely raised
	@$(POMONA) validate --output table scenarios

conformance: build ## run the published cases of EQL, where they are beside this tree
	@python3 tools/conformance.py build/release

check-long: build ## compare sequences with the reference model in 100,000 random cases (SEED=n)
	@cmake --build --preset release --target model
	@build/release/tests/model/model --cases 100000 --seed $(or $(SEED),$(shell date +%s))

bless: setup-if-missing ## rewrite the expected results of the cases; review the diff
	@POMONA_BLESS=1 tools/ctest asan

fuzz: setup-dev-if-missing ## run each fuzz target for FUZZ_SECONDS (60)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tools/fuzz

install: build ## install the program and its rules under PREFIX (/usr/local)
	cmake --install build/release --prefix $(PREFIX)

clean: ## remove all that was built
	rm -rf build
