//! The kitty keyboard protocol: flags of each screen, and the stacks of them.

use super::Terminal;
use crate::limits;

/// Flags now, flags that wait for their screen, and both stacks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Keyboard {
    pub(crate) flags: u16,
    pub(crate) main_flags: u16,
    pub(crate) alternate_flags: u16,
    pub(crate) main_stack: Vec<u16>,
    pub(crate) alternate_stack: Vec<u16>,
}

impl Keyboard {
    pub(super) fn enter_alternate(&mut self) {
        self.main_flags = self.flags;
        self.flags = self.alternate_flags;
    }

    pub(super) fn enter_main(&mut self) {
        self.alternate_flags = self.flags;
        self.flags = self.main_flags;
    }

    fn stack(&mut self, of_alternate: bool) -> &mut Vec<u16> {
        if of_alternate { &mut self.alternate_stack } else { &mut self.main_stack }
    }
}

impl Terminal {
    /// `CSI = flags ; how u`.
    pub(super) fn set_keyboard(&mut self, flags: u16, how: u16) {
        match how {
            0 | 1 => self.keyboard.flags = flags,
            2 => self.keyboard.flags |= flags,
            3 => self.keyboard.flags &= !flags,
            _ => {}
        }
    }

    /// `CSI > flags u`.
    pub(super) fn push_keyboard(&mut self, flags: u16) {
        let now = self.keyboard.flags;
        let stack = self.keyboard.stack(self.on_alternate);
        if stack.len() >= limits::KEYBOARD {
            stack.remove(0);
        }
        stack.push(now);
        self.keyboard.flags = flags;
    }

    /// `CSI < count u`.
    pub(super) fn pop_keyboard(&mut self, count: u16) {
        for _ in 0..count.max(1) {
            let Some(flags) = self.keyboard.stack(self.on_alternate).pop() else { break };
            self.keyboard.flags = flags;
        }
        if self.keyboard.stack(self.on_alternate).is_empty() {
            self.keyboard.flags = 0;
        }
    }
}
