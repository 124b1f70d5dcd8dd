# Sourced. Provides an S3 server for tests: s3s-fs from the PATH, otherwise built from its crate into target/tools, which
# takes about four minutes.
# shellcheck shell=bash

s3_version=0.14.1

# find_s3: prints the path of s3s-fs, building it if necessary.
find_s3() {
  local found built=$PWD/target/tools/bin/s3s-fs
  found=$(command -v s3s-fs || true)
  if [ -n "$found" ]; then
    printf '%s\n' "$found"
    return
  fi
  if [ ! -x "$built" ]; then
    cargo install s3s-fs --version "$s3_version" --features binary --locked --quiet --root target/tools >&2 || return 1
  fi
  printf '%s\n' "$built"
}
