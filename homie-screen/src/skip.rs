//! Skips.

use crate::screen::Screen;

/// What a viewer shows.
#[derive(Debug, Clone)]
pub struct SkipMark {}

pub(crate) fn mark(_screen: &Screen) -> SkipMark {
    SkipMark {}
}

pub(crate) fn encode(_screen: &Screen, _since: &SkipMark) -> Option<Vec<u8>> {
    None
}
