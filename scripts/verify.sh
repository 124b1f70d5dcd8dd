#!/usr/bin/env bash
# Runs the checker: a cluster of three Confab processes, Postgres and three NATS servers on this machine, or one process
# on SQLite; a workload, seeded faults, and checked invariants. docs/checker.md explains the report.
#   scripts/verify.sh                  five minutes, every fault: a fleet, then one process
#   scripts/verify.sh --embedded       two minutes, one process only
#   scripts/verify.sh --short          one minute of both and a short siege, fixed seed
#   scripts/verify.sh --siege          floods by a member and a stranger: one process, then a fleet
#   scripts/verify.sh --prove          one run per planted bug: each must be caught
#   scripts/verify.sh --seed 7 …       options of the checker
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh
. scripts/nats.sh

need_rust
# Enables the fault clock-skew, which is skipped otherwise.
compgen -G '/usr/lib*/*/faketime/libfaketimeMT.so.1' >/dev/null || install_package libfaketime 'the fault clock-skew' >&2 || true
CONFAB_TEST_NATS_SERVER=$(find_nats)
CONFAB_POSTGRES_BIN=$(scripts/with-postgres.sh --bin)
target=${CARGO_TARGET_DIR:-$PWD/target}/debug
CONFAB_BIN=$target/confab
export CONFAB_TEST_NATS_SERVER CONFAB_POSTGRES_BIN CONFAB_BIN

cargo build --locked --quiet --workspace --bins
case "${1:-}" in
  --short)
    shift
    "$target/checker" --seed 1 --seconds 50 "$@"
    "$target/checker" --embedded --seed 1 --seconds 8 "$@"
    exec "$target/checker" --embedded --siege --seed 1 --seconds 27 "$@"
    ;;
  --prove)
    # Stored elsewhere, so that no planted bug remains in the normal binary.
    cp "$target/confab" "$target/confab-normal"
    cargo build --locked --quiet --package api --features planted
    mkdir -p "$target/planted"
    cp "$target/confab" "$target/planted/confab"
    mv "$target/confab-normal" "$target/confab"
    CONFAB_BIN=$target/planted/confab exec "$target/checker" "$@"
    ;;
  --siege)
    shift
    if [ "$(cat /proc/sys/kernel/sched_autogroup_enabled 2>/dev/null)" = 1 ]; then
      echo 'kernel.sched_autogroup_enabled is 1: floods will compete with Postgres for CPU time (docs/checker.md).' >&2
    fi
    "$target/checker" --embedded --siege --seconds 70 "$@"
    exec "$target/checker" --siege --seconds 70 "$@"
    ;;
  '')
    "$target/checker" --seconds 210
    exec "$target/checker" --embedded --seconds 90
    ;;
  --embedded)
    shift
    exec "$target/checker" --embedded --seconds 120 "$@"
    ;;
  *) exec "$target/checker" "$@" ;;
esac
