//! Titles and icon names, and the stacks of them.

use super::Terminal;
use crate::limits;
use crate::signal::Signal;

/// One name and those pushed below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) stack: Vec<String>,
}

/// The window's title and the icon's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Titles {
    pub(crate) window: Name,
    pub(crate) icon: Name,
}

impl Name {
    fn push(&mut self) {
        if self.stack.len() >= limits::TITLES {
            self.stack.remove(0);
        }
        self.stack.push(self.text.clone());
    }
}

impl Terminal {
    pub(super) fn set_title(&mut self, text: &str) {
        let text = cut(text);
        self.signal(Signal::Title(text.to_owned()));
        text.clone_into(&mut self.titles.window.text);
    }

    pub(super) fn set_icon(&mut self, text: &str) {
        cut(text).clone_into(&mut self.titles.icon.text);
    }

    /// `CSI 22 ; which t`: 0 both, 1 the icon's, 2 the window's.
    pub(super) fn push_titles(&mut self, which: u16) {
        if matches!(which, 0 | 2) {
            self.titles.window.push();
        }
        if matches!(which, 0 | 1) {
            self.titles.icon.push();
        }
    }

    /// `CSI 23 ; which t`.
    pub(super) fn pop_titles(&mut self, which: u16) {
        if matches!(which, 0 | 2)
            && let Some(text) = self.titles.window.stack.pop()
        {
            self.set_title(&text);
        }
        if matches!(which, 0 | 1)
            && let Some(text) = self.titles.icon.stack.pop()
        {
            self.titles.icon.text = text;
        }
    }
}

/// No more than the bound, and whole characters.
fn cut(text: &str) -> &str {
    let mut end = text.len().min(limits::TITLE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
