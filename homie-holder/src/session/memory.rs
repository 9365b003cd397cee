//! What the next node is to know and this one would forget at its end: who drives the size, and when somebody looked. Pure.

use std::time::Instant;

use homie_protocol::holder::HolderMemory;
use homie_protocol::id::WriterId;

pub(crate) struct Memory {
    pipes: bool,
    driver: Option<WriterId>,
    /// When the last viewer of the screen or of bytes left, or when the session started.
    seen: Instant,
}

impl Memory {
    pub(crate) fn new(pipes: bool, now: Instant) -> Self {
        Self { pipes, driver: None, seen: now }
    }

    /// The node says who drives the size, or that nobody does.
    pub(crate) fn drives(&mut self, driver: Option<WriterId>) {
        self.driver = driver;
    }

    /// Somebody has looked until now.
    pub(crate) fn seen(&mut self, now: Instant) {
        self.seen = now;
    }

    /// As a node is told that has just come, so that nobody looks.
    pub(crate) fn told(&self, now: Instant) -> HolderMemory {
        let unseen = now.saturating_duration_since(self.seen).as_millis();
        let unseen_ms = u64::try_from(unseen).unwrap_or(u64::MAX).min(homie_protocol::limits::OFFSET_END - 1);
        HolderMemory { pipes: self.pipes, driver: self.driver, unseen_ms }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_next_node_is_told_who_drove_and_how_long_nobody_looked() {
        let begun = Instant::now();
        let later = |seconds| begun + Duration::from_secs(seconds);
        let mut memory = Memory::new(false, begun);
        assert_eq!(memory.told(later(2)), HolderMemory { pipes: false, driver: None, unseen_ms: 2_000 });
        let driver = Some(WriterId::from_bytes([3; 8]));
        memory.drives(driver);
        memory.seen(later(5));
        assert_eq!(memory.told(later(9)), HolderMemory { pipes: false, driver, unseen_ms: 4_000 });
        memory.drives(None);
        assert_eq!(memory.told(later(9)).driver, None);
    }
}
