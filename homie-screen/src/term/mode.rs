//! Modes: what a program switched on and off.

use super::Terminal;

/// A switch that is off in a new terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Insert,
    Newline,
    AppCursor,
    AppKeypad,
    Paste,
    SendFocus,
    Origin,
    ReverseWrap,
    /// Autowrap, which is on in a new terminal, was switched off.
    NoWrap,
    HiddenCursor,
    Synchronized,
    ColourScheme,
}

/// All switches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Modes(u32);

impl Modes {
    pub(crate) const fn has(self, mode: Mode) -> bool {
        self.0 & 1 << mode as u32 != 0
    }

    pub(crate) fn set(&mut self, mode: Mode, on: bool) {
        let bit = 1 << mode as u32;
        self.0 = if on { self.0 | bit } else { self.0 & !bit };
    }

    /// These as they are, all others off.
    pub(crate) fn only(self, kept: &[Mode]) -> Self {
        let mut modes = Self::default();
        for mode in kept {
            modes.set(*mode, self.has(*mode));
        }
        modes
    }
}

/// What the mouse reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mouse {
    None,
    X10,
    Vt200,
    Drag,
    Any,
}

/// How the mouse reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Default,
    Sgr,
    SgrPixels,
}

/// The DEC modes that are plain switches.
pub(crate) const SWITCHES: &[(u16, Mode)] = &[
    (1, Mode::AppCursor),
    (45, Mode::ReverseWrap),
    (66, Mode::AppKeypad),
    (1004, Mode::SendFocus),
    (2004, Mode::Paste),
    (2026, Mode::Synchronized),
    (2031, Mode::ColourScheme),
];

/// The mouse modes and their numbers.
pub(crate) const MICE: &[(u16, Mouse)] =
    &[(9, Mouse::X10), (1000, Mouse::Vt200), (1002, Mouse::Drag), (1003, Mouse::Any)];

impl Terminal {
    /// SM and RM.
    pub(super) fn set_mode(&mut self, number: u16, on: bool) {
        match number {
            4 => self.modes.set(Mode::Insert, on),
            20 => self.modes.set(Mode::Newline, on),
            _ => {}
        }
    }

    /// DECSET and DECRST.
    pub(super) fn set_private_mode(&mut self, number: u16, on: bool) {
        if let Some((_, mode)) = SWITCHES.iter().find(|(of, _)| *of == number) {
            return self.modes.set(*mode, on);
        }
        if let Some((_, mouse)) = MICE.iter().find(|(of, _)| *of == number) {
            self.mouse = if on { *mouse } else { Mouse::None };
            return;
        }
        match number {
            2 if on => (0..4).for_each(|place| self.charsets.set(place, crate::charset::US)),
            6 => {
                self.modes.set(Mode::Origin, on);
                self.set_cursor(0, 0);
            }
            7 => self.modes.set(Mode::NoWrap, !on),
            25 => self.modes.set(Mode::HiddenCursor, !on),
            1006 => self.encoding = if on { Encoding::Sgr } else { Encoding::Default },
            1016 => self.encoding = if on { Encoding::SgrPixels } else { Encoding::Default },
            1048 if on => self.save_cursor(),
            1048 => self.restore_cursor(),
            47 | 1047 | 1049 => self.switch_screen(number == 1049, on),
            _ => {}
        }
    }

    /// The keyboard's flags change places even if the screen already shows: so does xterm.js.
    fn switch_screen(&mut self, with_cursor: bool, to_alternate: bool) {
        if to_alternate {
            if with_cursor {
                self.save_cursor();
            }
            self.keyboard.enter_alternate();
            return self.show_alternate();
        }
        self.keyboard.enter_main();
        self.show_main();
        if with_cursor {
            self.restore_cursor();
        }
    }
}
