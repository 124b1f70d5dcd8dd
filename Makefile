# The two commands are `make run` and `make test`; the rest is for working on Confab.
.DEFAULT_GOAL := help
.PHONY: help run test check verify verify-prove proof schema client playground

help: ## what can be made
	@grep -hE '^[a-z-]+: ## ' $(MAKEFILE_LIST) | sed 's/: ## /\t/' | expand -t 14

run: ## install what is missing, build everything, start a server here
	@scripts/run.sh

test: ## every test: server on SQLite and Postgres, client, HTTP audits, browser
	@scripts/test.sh

check: ## formatting, lints, docs, licences and generated files, without the tests
	@scripts/check.sh

verify: ## a fleet and a single process under faults for five minutes, and the laws checked
	@scripts/verify.sh

verify-prove: ## plant each known bug: the checker must catch it
	@scripts/verify.sh --prove

proof: ## what is measured and not counted: times, on a machine that does nothing else
	@scripts/proof.sh

schema: ## print the schema from the code into schema.graphql
	@scripts/schema.sh

client: ## build the web client into frontend/dist
	@scripts/client.sh

playground: ## rebuild the committed playground/dist
	@scripts/playground.sh
