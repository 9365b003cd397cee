# shellcheck shell=bash
# Reads how many tests passed, failed and were skipped from what the runners printed. Pure: text on stdin, "P F S" on stdout.
# Sourced. Tested by scripts/lib/counts-test.

# cargo test: one "test result:" line for each binary.
count_cargo() {
  awk '/^test result: / { passed += $4; failed += $6; skipped += $8 } END { print passed + 0, failed + 0, skipped + 0 }'
}

# vitest: "      Tests  1 failed | 12 passed | 1 skipped | 2 todo (16)".
count_vitest() {
  awk '/^ *Tests  / {
      for (i = 2; i < NF; i++) {
        if ($(i + 1) == "passed") passed += $i
        if ($(i + 1) == "failed") failed += $i
        if ($(i + 1) == "skipped" || $(i + 1) == "todo") skipped += $i
      }
    }
    END { print passed + 0, failed + 0, skipped + 0 }'
}

# Playwright: its last lines, "  5 passed (3.2s)". What is flaky, was interrupted or did not run has not passed.
count_playwright() {
  awk '/^ +[0-9]+ passed( \(.*\))?$/ { passed += $1 }
    /^ +[0-9]+ (failed|flaky|interrupted|did not run)$/ { failed += $1 }
    /^ +[0-9]+ skipped$/ { skipped += $1 }
    END { print passed + 0, failed + 0, skipped + 0 }'
}

# Our own steps: "ok name (1.2 s)", "FAILED name (1.2 s)".
count_steps() {
  awk '/^ok .* \([0-9.]+ s\)$/ { passed++ } /^FAILED .* \([0-9.]+ s\)$/ { failed++ } END { print passed + 0, failed + 0, 0 }'
}

# Weighs the counts with the exit status: a runner that fails without naming a failure has one, and so has one that ran nothing.
settle() {
  local status="$1" passed="$2" failed="$3" skipped="$4"
  if ((status != 0 && failed == 0)); then
    failed=1
  elif ((passed + failed + skipped == 0)); then
    failed=1
  fi
  printf '%s %s %s\n' "$passed" "$failed" "$skipped"
}
