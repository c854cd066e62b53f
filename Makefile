# The two commands of the README are all a user needs; these are for developers.
GOFLAGS_BUILD = -tags grpcnotrace -trimpath -ldflags="-s -w"

.PHONY: check build test race fuzz clients bench model

# check is what CI runs: formatting, vet, module hygiene, all tests.
check:
	./scripts/test

build:
	CGO_ENABLED=0 go build $(GOFLAGS_BUILD) -o bin/bedlock ./cmd/bedlock

test:
	go test ./...

race:
	go test -race ./...

# fuzz runs every fuzz target for FUZZTIME, and fails when there are none.
FUZZTIME ?= 30s
fuzz:
	./scripts/fuzz $(FUZZTIME)

# clients drives real clients against the local plane; clients/README.md says what it needs.
clients:
	./clients/run

bench:
	go test -run '^$$' -bench . -benchmem ./...

# model regenerates the API tables; it needs Python and the network.
model:
	python3 tools/modelgen/modelgen.py
