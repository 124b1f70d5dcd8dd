# Sourced. Provides Rust, a C compiler, Node and npm in the required versions.
# shellcheck shell=bash
. scripts/packages.sh

# at_least <version> <minimum>: compares dotted version numbers.
at_least() {
  [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

need_rust() {
  local required found
  required=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
  if ! command -v cargo >/dev/null 2>&1; then
    printf 'Rust %s is required. Install rustup (https://rustup.rs) and retry.\n' "$required" >&2
    return 1
  fi
  found=$(rustc --version | cut -d ' ' -f 2)
  if ! at_least "$found" "$required"; then
    printf 'Rust %s is required, found %s. rustup (https://rustup.rs) selects the right version automatically.\n' \
      "$required" "$found" >&2
    return 1
  fi
  ensure cc build-essential
}

need_node() {
  local found
  found=$(node --version 2>/dev/null || true)
  if ! at_least "${found#v}" 20.19; then
    printf 'Node 20.19 or later is required, found %s: https://nodejs.org\n' "${found:-none}" >&2
    return 1
  fi
  if ! at_least "$(npm --version)" 11; then
    # npm 10 cannot install Vite 8. This npm is local to the checkout.
    [ -x target/npm/node_modules/.bin/npm ] ||
      npm install --prefix target/npm --no-save --no-audit --no-fund npm@11
    PATH="$PWD/target/npm/node_modules/.bin:$PATH"
    export PATH
  fi
}

# npm_ci <folder>: installs the packages of its lockfile, unless the lockfile is unchanged.
npm_ci() {
  local lock
  lock=$(sha256sum <"$1/package-lock.json")
  [ "$(cat "$1/node_modules/.lock" 2>/dev/null)" = "$lock" ] && return
  npm ci --prefix "$1" --no-audit --no-fund --loglevel=error
  printf '%s\n' "$lock" >"$1/node_modules/.lock"
}
