# shellcheck shell=bash
# Runs test runners, streams what they print, and adds up what it says. Tested by scripts/lib/runners-test.
# Sourced after common.sh and counts.sh.

passed=0
failed=0
skipped=0
notes=()

# counted KIND COMMAND…: KIND names the count_* function that reads the output.
counted() {
  local kind="$1" log status=0 limit=()
  shift
  log="$(mktemp)"
  # Nobody is there to interrupt a run of CI that hangs; a hang must become a failure with a total.
  in_ci && limit=(timeout -k 10 1200)
  "${limit[@]}" "$@" 2>&1 </dev/null | tee "$log" || status=$?
  # shellcheck disable=SC2046 # Three numbers.
  add $(settle "$status" $("count_$kind" <"$log"))
  name_skips <"$log"
  ((status == 0)) || notes+=("failed with status $status: $*")
  rm -f "$log"
}

# prepared COMMAND…: what must be there before a runner can run. It is no test, but without it there is a failure.
prepared() {
  "$@" && return
  add 0 1 0
  notes+=("failed: $*")
  return 1
}

# Skips a tier whose needs are not there. In CI what could have been installed must have been.
skip_tier() {
  local tier="$1" status="$2" why="$3"
  if in_ci && ((status == 1)); then
    add 0 1 0
    notes+=("failed: tier $tier could not run: $why")
  else
    add 0 0 1
    notes+=("skipped: tier $tier: $why")
  fi
}

add() {
  passed=$((passed + $1))
  failed=$((failed + $2))
  skipped=$((skipped + $3))
}

# cargo test prints "test name ... ignored, reason".
name_skips() {
  local line
  while read -r line; do
    notes+=("skipped: $line")
  done < <(grep -E '^test .* \.\.\. ignored|^ +- +[0-9]+ ' || true)
}

# The last line is the total, whatever happened.
finish() {
  local note
  for note in "${notes[@]}"; do
    say "$note"
  done
  ((passed > 0 || failed > 0)) || say "nothing was tested"
  say "$passed passed, $failed failed, $skipped skipped"
  ((passed > 0 && failed == 0))
}
