#!/usr/bin/env bash
# Measures the cost of operations at increasing data sizes, on SQLite, Postgres and a fleet. Prints the table of
# docs/growth.md, and fails if a cost exceeds its bound.
#   scripts/growth.sh                     everything: half an hour
#   scripts/growth.sh --short             small sizes, exact counts only
#   scripts/growth.sh --only react,idle   costs by name prefix
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh
. scripts/nats.sh

need_rust
CONFAB_TEST_NATS_SERVER=$(find_nats)
target=${CARGO_TARGET_DIR:-$PWD/target}/debug
CONFAB_BIN=$target/confab
CONFAB_POSTGRES_OPTIONS='-c shared_preload_libraries=pg_stat_statements -c pg_stat_statements.track_utility=off'
export CONFAB_TEST_NATS_SERVER CONFAB_BIN CONFAB_POSTGRES_OPTIONS

cargo build --locked --quiet --workspace --bins
exec scripts/with-postgres.sh "$target/loadtest" growth "$@"
