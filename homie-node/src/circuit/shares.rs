//! How the channels of a circuit share its connection: pure arithmetic.
//!
//! A connection has one window for all its channels. Each visible channel has one part of as many as there are visible
//! ones. All hidden channels together may have an eighth of such a part: enough to stay near, too little to stand before
//! what somebody looks at. Where nothing is visible the hidden ones share the whole.

/// How many hidden channels, taken together, weigh as one visible.
const HIDDEN: usize = 8;

/// Of how many parts a channel has one.
pub(super) fn parts(is_visible: bool, visible: usize, hidden: usize) -> u16 {
    let of = match (is_visible, visible) {
        (true, visible) => visible,
        (false, 0) => hidden,
        (false, visible) => visible * hidden * HIDDEN,
    };
    u16::try_from(of).unwrap_or(u16::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use homie_protocol::limits::CHANNELS;

    use super::*;

    #[test]
    fn one_channel_has_all() {
        assert_eq!(parts(true, 1, 0), 1);
        assert_eq!(parts(false, 0, 1), 1);
    }

    #[test]
    fn what_is_visible_is_shared_evenly_and_what_is_hidden_takes_an_eighth_of_a_part() {
        assert_eq!((parts(true, 3, 0), parts(true, 3, 60)), (3, 3));
        assert_eq!((parts(false, 0, 4), parts(false, 1, 1), parts(false, 2, 3)), (4, 8, 48));
    }

    #[test]
    fn the_parts_of_any_circuit_are_little_more_than_a_whole() {
        for visible in 0..=CHANNELS {
            for hidden in 0..=CHANNELS - visible {
                let part = |is_visible| 1.0 / f64::from(parts(is_visible, visible, hidden));
                let count = |channels| f64::from(u8::try_from(channels).unwrap());
                let whole = count(visible) * part(true) + count(hidden) * part(false);
                assert!(whole <= 1.126, "{visible} visible, {hidden} hidden: {whole}");
            }
        }
    }
}
