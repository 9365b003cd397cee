//! Whether another machine has this one's key.

use std::time::UNIX_EPOCH;

use homie_gateway::Hindrance;

use crate::doctor::facts::Facts;
use crate::doctor::finding::Finding;
use crate::listing::ago;
use crate::style::plain;

/// That it has, and where it was seen.
pub(super) fn check(facts: &Facts) -> Option<Finding> {
    let seen = &facts.cloned.as_ref()?.seen;
    let mut finding = Finding::of(&Hindrance::cloned());
    if let Some(seen) = seen {
        let now = facts.clock.now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let when = ago(u64::try_from(now).unwrap_or(u64::MAX), seen.seen_at);
        finding.what = format!("{} The other one was heard of {}, {when}.", finding.what, plain(&seen.place));
    }
    Some(finding)
}
