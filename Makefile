# `make run` and `make test` are all that users need. The other targets are for development.
.DEFAULT_GOAL := help
.PHONY: help run seed test check verify verify-prove proof schema client playground

help: ## list the targets
	@grep -hE '^[a-z-]+: ## ' $(MAKEFILE_LIST) | sed 's/: ## /\t/' | expand -t 14

run: ## install missing packages, build everything, start a server
	@scripts/run.sh

seed: ## fill the server on this machine with a demo organization
	@cargo run --locked --quiet --package seed

test: ## run every test: server on SQLite and Postgres, client, HTTP audits, browser
	@scripts/test.sh

check: ## check formatting, lints, docs, licenses and generated files
	@scripts/check.sh

verify: ## check the invariants of a fleet and a single process under faults: five minutes
	@scripts/verify.sh

verify-prove: ## test the checker: plant each known bug, which it must catch
	@scripts/verify.sh --prove

proof: ## measure latencies, on an otherwise idle machine
	@scripts/proof.sh

schema: ## generate schema.graphql
	@scripts/schema.sh

client: ## build the web client
	@scripts/client.sh

playground: ## rebuild the committed playground
	@scripts/playground.sh
