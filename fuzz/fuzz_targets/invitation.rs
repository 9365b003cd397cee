//! What is carried to a machine that joins, and what that says at the key door: there is one way to write each.
#![no_main]

use homie_trust::{Invitation, Joining};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(invitation) = text.parse::<Invitation>() {
        assert_eq!(invitation.to_string(), text.trim());
        assert!(!invitation.at.is_empty() && invitation.at.iter().all(|(host, port)| !host.is_empty() && *port > 0));
    }
    if let Ok(joining) = text.parse::<Joining>() {
        assert_eq!(joining.to_string(), text);
    }
});
