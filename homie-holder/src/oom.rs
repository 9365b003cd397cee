//! Who is ended first when the machine runs out of memory: the program before its holder, whose memory is small.

use std::fs;

const SCORE: &str = "/proc/self/oom_score_adj";

/// Of the program, which a process inherits from the one that starts it.
const PROGRAM: &str = "300";

/// Of the holder: the first that the system grants. Below a user manager that is the second.
const HOLDER: [&str; 2] = ["0", "100"];

/// Calls `start` with the program's score, and has the holder's after it. Where neither is granted all stays as it was.
pub(crate) fn starting<T>(start: impl FnOnce() -> T) -> T {
    let before = fs::read_to_string(SCORE).unwrap_or_default();
    fs::write(SCORE, PROGRAM).unwrap_or_default();
    let started = start();
    let granted = HOLDER.iter().any(|score| fs::write(SCORE, score).is_ok());
    if !granted {
        fs::write(SCORE, before.trim()).unwrap_or_default();
    }
    started
}
