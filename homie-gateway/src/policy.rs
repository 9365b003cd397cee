//! What a page may do, as its browser is told: nothing but what comes from here, and circuits to the machines of the roster.

use std::collections::BTreeSet;
use std::fmt::Write;

use homie_trust::{Members, public_origin};

/// Inline styles are xterm.js's: without them its DOM renderer has no colours and no cursor. `'self'` covers the
/// WebSocket of the same host. The page has no worker, so none may come between it and its machine.
const BEFORE: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'";
const BEHIND: &str = "; img-src 'self' data: blob:; font-src 'self'; worker-src 'none'; manifest-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Origins that are told: some more than a person's machines have, and few enough for a header.
const MOST: usize = 64;

/// The policy, with the origins of all machines that belong to the mesh now.
pub(crate) fn policy(members: Option<&Members>) -> String {
    let origins: BTreeSet<&str> = members.into_iter().flat_map(Members::pages).collect();
    let mut policy = BEFORE.to_owned();
    for (scheme, authority) in origins.into_iter().filter_map(public_origin).take(MOST) {
        // A browser takes an origin and its WebSocket for two.
        let socket = if scheme == "https" { "wss" } else { "ws" };
        // Writing to a string cannot fail.
        let _written = write!(policy, " {scheme}://{authority} {socket}://{authority}");
    }
    policy + BEHIND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_roster_a_page_speaks_to_its_own_machine_alone() {
        assert!(policy(None).contains("; connect-src 'self'; img-src "));
    }
}
