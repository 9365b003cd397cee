//! Faults that a test asks for: compiled in only with the feature `faults`, which no program that we ship has.
//!
//! `HOMIE_SCREEN_FAULT` in the holder's environment is `panic` or a number of milliseconds to stand still; it strikes the
//! screen thread whenever it is fed `\x1b]7777;strike\x07`, which means nothing to any terminal.
//!
//! `HOMIE_PATIENCE_MS` and `HOMIE_SAVING_MS` are limits that no test could wait for: how long a program waits for a viewer
//! that needs every byte, and how long after a change the last screen is written.

use std::time::Duration;

/// What strikes.
const SIGN: &[u8] = b"\x1b]7777;strike\x07";

/// A limit, or a shorter one if a test asks for it.
pub(crate) fn shortened(limit: Duration, variable: &str) -> Duration {
    let millis = std::env::var(variable).ok().and_then(|millis| millis.parse().ok());
    millis.map_or(limit, Duration::from_millis)
}

/// Strikes if a test asks for it.
pub(crate) fn strike(bytes: &[u8]) {
    let Ok(fault) = std::env::var("HOMIE_SCREEN_FAULT") else { return };
    if !bytes.windows(SIGN.len()).any(|window| window == SIGN) {
        return;
    }
    match fault.parse() {
        Ok(millis) => std::thread::sleep(Duration::from_millis(millis)),
        // Unwinds as a panic does, without its message.
        Err(_) => std::panic::resume_unwind(Box::new("a test asked for it")),
    }
}
