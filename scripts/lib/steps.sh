# shellcheck shell=bash
# Named steps: each prints one line, and its output only if it fails. Sourced after common.sh.

steps_passed=0
steps_failed=0

# step NAME COMMAND…: a failed step does not stop the ones after it.
step() {
  local name="$1" started="$EPOCHREALTIME" log
  shift
  log="$(mktemp)"
  if "$@" >"$log" 2>&1 </dev/null; then
    say "ok $name ($(seconds_since "$started") s)"
    steps_passed=$((steps_passed + 1))
  else
    say "FAILED $name ($(seconds_since "$started") s)"
    sed 's/^/    /' "$log"
    steps_failed=$((steps_failed + 1))
  fi
  rm -f "$log"
}

steps_total() {
  say "$steps_passed passed, $steps_failed failed, 0 skipped"
  ((steps_failed == 0))
}
