# Sourced. Runs the parts of a long check with a heading and a duration each. Continues after a failure; `finish`
# prints a summary. A part is a command or a script, never a shell function: inside a condition, a function would
# continue after an error.
# shellcheck shell=bash
outcome=()
failures=0

# section <title> <command…>
section() {
  local title=$1 began=$SECONDS verdict=ok
  shift
  printf '\n==== %s\n' "$title"
  "$@" || verdict=FAILED
  record "$verdict" $((SECONDS - began)) "$title"
}

# skipped <title> <reason>: allowed on a developer's machine, a failure if CI=true.
skipped() {
  printf '\n==== %s\nskipped: %s\n' "$1" "$2"
  if [ "${CI:-}" = true ]; then record FAILED 0 "$1"; else record skipped 0 "$1"; fi
}

# advisory <title> <command…>: a section whose command may exit with 3 (not scanned), which is not a failure.
advisory() {
  local title=$1 began=$SECONDS
  shift
  printf '\n==== %s\n' "$title"
  local status=0
  "$@" || status=$?
  case $status in
    0) record ok $((SECONDS - began)) "$title" ;;
    3) record UNKNOWN $((SECONDS - began)) "$title: not scanned" ;;
    *) record FAILED $((SECONDS - began)) "$title" ;;
  esac
}

record() {
  [ "$1" = FAILED ] && failures=$((failures + 1))
  outcome+=("$(printf '%-8s %5d s  %s' "$1" "$2" "$3")")
}

finish() {
  printf '\n====\n'
  printf '%s\n' "${outcome[@]}"
  [ "$failures" -eq 0 ]
}
