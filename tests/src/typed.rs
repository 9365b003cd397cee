//! Numbered input: what a client types, and how its echo in the truth is checked.
//!
//! A client types lines `in 000001`, `in 000002`, …; the generator answers each with `echo in 000001`. Whatever happens to
//! links, each number must be answered exactly once and in order.

use crate::truth::Truth;

/// The line of this number, as typed.
pub fn line(number: u32) -> String {
    format!("in {number:06}\n")
}

/// The answer to the line of this number.
pub fn answer(number: u32) -> String {
    format!("echo in {number:06}\n")
}

/// The numbers that were echoed, in the order of the truth.
pub fn echoed(truth: &Truth) -> Vec<u32> {
    truth.texts().filter_map(|line| line.strip_prefix("echo in ")?.trim_end().parse().ok()).collect()
}

/// Whether 1 to `last` were echoed once each and in order; else the first difference in words.
pub fn check(truth: &Truth, last: u32) -> Result<(), String> {
    let echoed = echoed(truth);
    for (expected, number) in (1..).zip(&echoed) {
        if *number != expected {
            return Err(format!("input {number} arrived where {expected} was next"));
        }
    }
    let arrived = echoed.len();
    if u32::try_from(arrived) == Ok(last) {
        Ok(())
    } else {
        Err(format!("{arrived} inputs arrived, {last} were typed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth(numbers: &[u32]) -> Truth {
        let mut truth = Truth::default();
        for number in numbers {
            truth.lines(1, 3);
            truth.text(&format!("echo in {number:06}\n"));
        }
        truth
    }

    #[test]
    fn lines_that_arrive_once_and_in_order_pass() {
        assert_eq!(check(&truth(&[1, 2]), 2), Ok(()));
    }

    #[test]
    fn loss_doubling_and_disorder_are_found() {
        assert!(check(&truth(&[1]), 2).is_err());
        assert!(check(&truth(&[1, 1]), 1).is_err());
        assert!(check(&truth(&[2, 1]), 2).is_err());
        assert!(check(&truth(&[1, 3]), 3).is_err());
    }
}
