//! The keyboard's flags: of both screens, shuffled by every switch between them.

use super::paint::Painter;
use crate::page::Saved;

impl Painter<'_> {
    /// What the alternate screen left behind, and the flags that wait for a switch. The switch that shows them here
    /// shuffles the flags, so they are put where the shuffle leaves them right.
    pub(crate) fn hidden_alternate(&mut self, always: bool) {
        let terminal = self.terminal;
        let keyboard = &terminal.keyboard;
        let is_hidden = !terminal.on_alternate;
        let hides = is_hidden && (terminal.alternate.saved != Saved::default() || !keyboard.alternate_stack.is_empty());
        if !always && !hides && keyboard.main_flags == 0 && keyboard.alternate_flags == 0 {
            return;
        }
        self.flags(keyboard.main_flags);
        self.push(b"\x1b[?47h");
        if is_hidden {
            self.saved_cursor(&terminal.alternate, always);
            self.stack(&keyboard.alternate_stack);
        }
        self.flags(keyboard.alternate_flags);
        self.push(b"\x1b[?47l\x1b[H");
    }

    pub(crate) fn main_keyboard(&mut self) {
        let terminal = self.terminal;
        let keyboard = &terminal.keyboard;
        if *keyboard == crate::term::Keyboard::default() {
            return;
        }
        self.stack(&keyboard.main_stack);
        self.flags(if terminal.on_alternate { keyboard.main_flags } else { keyboard.flags });
    }

    pub(super) fn alternate_keyboard(&mut self) {
        let keyboard = &self.terminal.keyboard;
        if *keyboard == crate::term::Keyboard::default() {
            return;
        }
        self.stack(&keyboard.alternate_stack);
        self.flags(keyboard.flags);
    }

    /// Each entry is made the current flags, and then pushed.
    fn stack(&mut self, stack: &[u16]) {
        for flags in stack {
            self.flags(*flags);
            self.push(b"\x1b[>0u");
        }
    }

    fn flags(&mut self, flags: u16) {
        self.sequence(format_args!("\x1b[={flags}u"));
    }
}
