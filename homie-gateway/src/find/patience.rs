//! When a place is asked again, whether it runs Homie or not. Pure.

use std::time::Duration;

/// A place that has answered is asked whether it still does.
const ANSWERED: Duration = Duration::from_mins(10);

/// One that has not is left alone twice as long each time, from this …
const SILENT: Duration = Duration::from_mins(10);

/// … to this.
const SILENT_MOST: Duration = Duration::from_hours(6);

/// Before the first question: a tailnet that wakes up wakes all gateways at once.
const FIRST: Duration = Duration::from_millis(250);

/// Until the first question. The lot spreads what would come together.
pub(super) fn first(lot: u8) -> Duration {
    FIRST * u32::from(lot) / u32::from(u8::MAX)
}

/// Until the next question, after so many in a row that nothing came of; up to a tenth longer, by lot.
pub(super) fn again(misses: u32, lot: u8) -> Duration {
    let doubled = |misses: u32| SILENT.saturating_mul(1_u32.checked_shl(misses - 1).unwrap_or(u32::MAX));
    let wait = if misses == 0 { ANSWERED } else { doubled(misses).min(SILENT_MOST) };
    wait + wait * u32::from(lot) / (10 * u32::from(u8::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_doubles_the_wait_and_an_answer_ends_that() {
        let minutes: Vec<_> = (1..=7).map(|misses| again(misses, 0).as_secs() / 60).collect();
        assert_eq!(minutes, [10, 20, 40, 80, 160, 320, 360]);
        assert_eq!(again(u32::MAX, 0), SILENT_MOST);
        assert_eq!(again(0, 0), ANSWERED);
    }

    #[test]
    fn the_lot_spreads_by_a_tenth_at_most() {
        assert_eq!(again(1, u8::MAX), SILENT + SILENT / 10);
        assert!(again(1, 100) > SILENT && first(0).is_zero() && first(u8::MAX) == FIRST);
    }
}
