# Sourced. Sees to an S3 server for tests: the one on the PATH, otherwise s3s-fs built from the crate of that
# name into target/tools: about four minutes, once.
# shellcheck shell=bash

s3_wanted=0.14.1

# find_s3: prints the path of s3s-fs, having built it where it can.
find_s3() {
  local found built=$PWD/target/tools/bin/s3s-fs
  found=$(command -v s3s-fs || true)
  if [ -n "$found" ]; then
    printf '%s\n' "$found"
    return
  fi
  if [ ! -x "$built" ]; then
    cargo install s3s-fs --version "$s3_wanted" --features binary --locked --quiet --root target/tools >&2 || return 1
  fi
  printf '%s\n' "$built"
}
