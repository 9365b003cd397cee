//! Whether another machine has this one's key.

use homie_gateway::Hindrance;

use crate::doctor::facts::Facts;
use crate::doctor::finding::Finding;
use crate::listing::{ago, now};

/// That it has, and where it was seen.
pub(super) fn check(facts: &Facts) -> Option<Finding> {
    let seen = facts.cloned.as_ref()?;
    let mut finding = Finding::of(&Hindrance::cloned());
    if let Some(seen) = seen {
        let place = crate::style::plain(&seen.place);
        finding.what = format!("{} The other one was heard of {place}, {}.", finding.what, ago(now(), seen.seen_at));
    }
    Some(finding)
}
