#!/usr/bin/env bash
# Measures latencies, which tests do not assert. Prints the results, and fails if a limit is exceeded. Run it on an
# otherwise idle machine.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh
. scripts/section.sh

need_node
confab=${CARGO_TARGET_DIR:-$PWD/target}/debug/confab
section 'client: build' scripts/client.sh
# Builds the server with the client.
section 'server: latencies before and during the siege' scripts/verify.sh --siege
section 'client: main-thread time of hostile messages, and frames' env CONFAB_BIN="$confab" npm run proof --prefix frontend
section 'server: cost of operations at increasing data sizes' scripts/growth.sh
finish
