#!/usr/bin/env bash
# Runs every test: the server on SQLite and on a temporary Postgres, with NATS and S3; the client; the GraphQL-over-HTTP
# audits; and the client in a real browser. Tests that cannot run are listed as skipped, which is a failure if CI=true.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh
. scripts/section.sh
. scripts/nats.sh
. scripts/s3.sh

need_rust
need_node
confab=${CARGO_TARGET_DIR:-$PWD/target}/debug/confab

section 'client: build' scripts/client.sh

if nats=$(find_nats); then
  export CONFAB_TEST_NATS_SERVER=$nats
else
  skipped 'server: tests with NATS' 'nats-server 2.15 or later is missing and could not be installed'
fi
if s3=$(find_s3); then
  export CONFAB_TEST_S3_SERVER=$s3
else
  skipped 'server: tests with S3' 's3s-fs is missing and could not be built'
fi
for tool in ffmpeg:ffmpeg pdftoppm:poppler-utils; do
  ensure "${tool%%:*}" "${tool##*:}" || skipped "previews: ${tool%%:*}" 'it could not be installed'
done
section 'server: build the tests' cargo test --locked --workspace --no-run
if scripts/with-postgres.sh --find; then
  section 'server: tests on SQLite and Postgres' scripts/with-postgres.sh cargo test --locked --workspace
  if [ "${CI:-}" = true ]; then
    # Needs another build of the server, so CI only, and unoptimized.
    section 'server: row-level security without the checks in code' env CARGO_PROFILE_DEV_OPT_LEVEL=0 \
      scripts/with-postgres.sh cargo test --locked -p api --features without_checks --test it -- row_level_security_alone
    section 'server: restore the normal build' cargo build --locked --workspace --bins
  fi
else
  section 'server: tests on SQLite' cargo test --locked --workspace
  skipped 'server: tests on Postgres' 'Postgres is missing and could not be installed'
fi

if [ -n "${nats:-}" ] && scripts/with-postgres.sh --find; then
  section 'checker: one minute of faults, fleet and embedded' scripts/verify.sh --short
else
  skipped 'checker' 'requires Postgres and nats-server'
fi

for check in lint typecheck codegen:check test; do
  section "client: $check" npm run "$check" --prefix frontend
done

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
  install_package chromium 'browser tests' && browser=$(command -v chromium || true)
fi
if [ -n "$browser" ]; then
  with_postgres=
  if scripts/with-postgres.sh --find; then with_postgres=scripts/with-postgres.sh; fi
  section 'client: in a browser' $with_postgres env CONFAB_BIN="$confab" CHROMIUM="$browser" npm run e2e --prefix frontend
else
  skipped 'client: in a browser' 'Chromium is missing and could not be installed'
fi

finish
