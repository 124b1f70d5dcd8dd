#!/usr/bin/env bash
# Every test there is: the server on SQLite, on a private Postgres, with NATS and S3, the client, the audits of
# GraphQL over HTTP, and the client in a real browser. What cannot run is named as skipped, and is a
# failure where CI=true.
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
  skipped 'server: tests with NATS' 'there is no nats-server 2.15 here and none could be fetched'
fi
if s3=$(find_s3); then
  export CONFAB_TEST_S3_SERVER=$s3
else
  skipped 'server: tests with S3' 'there is no s3s-fs here and it could not be built'
fi
for tool in ffmpeg:ffmpeg pdftoppm:poppler-utils; do
  ensure "${tool%%:*}" "${tool##*:}" || skipped "previews: what ${tool%%:*} makes" 'it could not be installed'
done
section 'server: build the tests' cargo test --locked --workspace --no-run
if scripts/with-postgres.sh --find; then
  section 'server: tests on SQLite and Postgres' scripts/with-postgres.sh cargo test --locked --workspace
  if [ "${CI:-}" = true ]; then
    # Another build of the server, so only here, and not made to be fast.
    section 'server: the second wall without the first' env CARGO_PROFILE_DEV_OPT_LEVEL=0 \
      scripts/with-postgres.sh cargo test --locked -p api --features without_checks --test it -- second_wall
    section 'server: build it again as it is' cargo build --locked --workspace --bins
  fi
else
  section 'server: tests on SQLite' cargo test --locked --workspace
  skipped 'server: tests on Postgres' 'there is no Postgres here and none could be installed'
fi

if [ -n "${nats:-}" ] && scripts/with-postgres.sh --find; then
  section 'fleet and embedded: the checker, a minute of faults' scripts/verify.sh --short
else
  skipped 'fleet: the checker' 'it needs Postgres and nats-server'
fi

for check in lint typecheck codegen:check test; do
  section "client: $check" npm run "$check" --prefix frontend
done

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
  install_package chromium 'tests in a browser' && browser=$(command -v chromium || true)
fi
if [ -n "$browser" ]; then
  with_postgres=
  if scripts/with-postgres.sh --find; then with_postgres=scripts/with-postgres.sh; fi
  section 'client: in a browser' $with_postgres env CONFAB_BIN="$confab" CHROMIUM="$browser" npm run e2e --prefix frontend
else
  skipped 'client: in a browser' 'there is no Chromium here and none could be installed'
fi

finish
