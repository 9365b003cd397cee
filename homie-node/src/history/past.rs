//! A session that is over, as it is kept.

use std::collections::BTreeMap;

use homie_holder::LastScreen;
use homie_protocol::methods::session::SessionInfo;

/// A session that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Past {
    /// As lists show it.
    pub(crate) info: SessionInfo,
    /// When it ended, or was found to have, milliseconds since 1970.
    pub(crate) ended_at: u64,
    /// What its environment had more than others; `None` if nobody knows, so that it cannot be run again as it was.
    pub(crate) env: Option<BTreeMap<String, String>>,
    /// Nobody had named a program: it was the user's login shell.
    pub(crate) login: bool,
    /// What it showed last, if that was written down.
    pub(crate) screen: Option<LastScreen>,
}
