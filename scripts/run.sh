#!/usr/bin/env bash
# From a fresh checkout to a server that answers: installs what is missing, builds client and server,
# starts it with nothing else needed. Settings are taken from the environment (README.md).
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

need_rust
scripts/client.sh
cargo build --locked -p api
exec "${CARGO_TARGET_DIR:-target}/debug/confab" serve
