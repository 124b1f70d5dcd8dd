#!/usr/bin/env bash
# From a fresh checkout to a running server: installs missing packages, builds client and server, and starts it.
# Settings come from the environment (docs/settings.md).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

need_rust
scripts/client.sh
cargo build --locked -p api
exec "${CARGO_TARGET_DIR:-target}/debug/confab" serve
