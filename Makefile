# Every target installs what it needs (scripts/deps), so that `make demo` and `make test` work on a fresh Debian 12 with a Swift toolchain.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

PREFIX ?= /usr/local
DESTDIR ?=
# The check holds every target to the dependencies that Package.swift names; it costs nothing beside the build.
SWIFT_FLAGS := --explicit-target-dependency-import-check error
RELEASE_FLAGS := -c release -Xswiftc -static-executable --scratch-path .build-release $(SWIFT_FLAGS)
MONITOR_SOURCES := $(wildcard monitor/*.c)
MONITOR_SHARED := Sources/CShim/system_calls.c
# The switch's fast path in the kernel; the library CSwitch holds its bytes.
BPF_PROGRAM := build/bpf/switch.bpf.o
SWIFT_PROGRAMS := apus apus-runtime apus-switchd
PROGRAMS := $(SWIFT_PROGRAMS:%=bin/%) $(if $(MONITOR_SOURCES),bin/apus-monitor)
# Left out of what the build prints: its progress, and what the linker says of any static program that holds Foundation's file
# manager, of which Apus calls none of these.
NOISE := ^\[[0-9]+/[0-9]+\]|(Using '(dlopen|getpw|getgr|getaddrinfo).*' in statically linked applications|the use of .mktemp. is dangerous)
QUIETLY := 2>&1 | { grep --line-buffered -vE "$(NOISE)" || true; }

.PHONY: help build bundle demo test quick check fmt fuzz bench bench-images bench-switch bench-core conformance install deps clean force

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: deps $(PROGRAMS) ## the release programs, fully static, into bin/

demo: ## the main job, played: load, run limited, kill above the limit, update, stop, remove
	@scripts/deps demo
	@$(MAKE) --no-print-directory build
	@scripts/demo

test: ## every test, on this host and in the virtual machine; F=word: only those whose name matches
	@scripts/deps test
	@$(MAKE) --no-print-directory build bundle
	@scripts/test all

quick: deps bundle ## the tests that need no root, in seconds; F=word
	@scripts/test quick

check: deps ## format, lint, dependencies between targets, file sizes, shell scripts, documents
	@scripts/deps test
	@$(MAKE) --no-print-directory build bundle
	@scripts/check

fmt: ## format the Swift sources
	swift format -i -r Package.swift Sources Tests

fuzz: deps ## damaged inputs through what reads them; T=tar S=60 (seconds), T=trees N=5000 (inputs), SEED=1; head of scripts/fuzz: all
	@scripts/fuzz $(or $(T),config)

bench: ## a container's start and memory beside the floor, runc and podman; STRICT=1 fails on a missed target
	@scripts/deps bench
	@$(MAKE) --no-print-directory build
	@bench/run

bench-images: ## loading and unpacking a real image beside podman, docker, umoci and bsdtar; STRICT=1 fails on a missed target
	@scripts/deps bench
	@$(MAKE) --no-print-directory build
	@bench/images

bench-switch: ## packets from container to container beside veth, the bridge, forwarding and Open vSwitch; STRICT=1 fails on a miss
	@scripts/deps bench
	@$(MAKE) --no-print-directory bin/apus-switch-load
	@bench/switch

bench-core: deps ## what the switch's core takes for a packet; fails where the way of a known packet allocates memory
	@bench/switch-core

conformance: ## the runtime specification's cases against apus-runtime, runc and crun; writes docs/conformance.md; F=word
	@scripts/deps test
	@$(MAKE) --no-print-directory build bundle
	@scripts/conformance

install: build ## into PREFIX=/usr/local, below DESTDIR=
	install -D -m 755 bin/apus "$(DESTDIR)$(PREFIX)/bin/apus"
	install -D -m 755 bin/apus-runtime "$(DESTDIR)$(PREFIX)/bin/apus-runtime"
	install -D -m 755 bin/apus-switchd "$(DESTDIR)$(PREFIX)/bin/apus-switchd"
	for unit in service socket; do sed 's,@PREFIX@,$(PREFIX),' packaging/apus-switchd.$$unit | \
	    install -D -m 644 /dev/stdin "$(DESTDIR)$(PREFIX)/lib/systemd/system/apus-switchd.$$unit"; done
	if [ -e bin/apus-monitor ]; then install -D -m 755 bin/apus-monitor "$(DESTDIR)$(PREFIX)/libexec/apus/apus-monitor"; fi
	@if grep -rqs "\"__man\"" Sources; then scripts/install-documents "$(DESTDIR)$(PREFIX)"; fi

deps: ## install the Debian packages that building needs, where they are missing
	@scripts/deps build

clean: ## remove what was built
	rm -rf .build .build-release bin build

# Not `swift test`: the bundle is run directly by scripts/test, the same way here and in the virtual machine.
bundle: $(BPF_PROGRAM)
	@swift build --build-tests $(SWIFT_FLAGS) $(QUIETLY)

# SwiftPM knows what is out of date. A running program keeps its own file: it is replaced, not written over.
$(SWIFT_PROGRAMS:%=bin/%) bin/apus-switch-load: bin/%: $(BPF_PROGRAM) force
	@mkdir -p bin
	@swift build $(RELEASE_FLAGS) --product $* $(QUIETLY)
	@[ $@ -nt .build-release/release/$* ] || { strip -o $@.new .build-release/release/$* && mv $@.new $@; }

# clang is the one that comes with Swift: it has the target, gcc's need not be there.
$(BPF_PROGRAM): $(wildcard Sources/CSwitch/bpf/*) $(wildcard Sources/CFlow/include/*.h) Makefile
	mkdir -p $(@D)
	$$(dirname $$(command -v swift))/clang -O2 -g -target bpf -Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare \
	    -I /usr/include/$$(cc -print-multiarch) -I Sources/CFlow/include -c -o $@.new Sources/CSwitch/bpf/switch.bpf.c
	mv $@.new $@

# With musl it is a seventh of the size that glibc makes it, and starts without asking the processor for its caches (docs/decisions/0005).
bin/apus-monitor: $(MONITOR_SOURCES) $(MONITOR_SHARED) $(wildcard monitor/*.h Sources/CShim/include/*.h) Makefile
	mkdir -p bin
	musl-gcc -Os -static -s -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -ffunction-sections -fdata-sections -Wl,--gc-sections \
	    -idirafter /usr/include -idirafter /usr/include/$$(cc -print-multiarch) -I Sources/CShim/include -o $@.new $(filter %.c,$^)
	mv $@.new $@
