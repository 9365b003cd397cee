//! This process's terminal: raw mode while a session is shown, and the way back on every path, panics among them.

use std::io;
use std::panic;
use std::sync::{Mutex, Once, PoisonError};

use homie_protocol::methods::session::Size;
use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcgetwinsize, tcsetattr};

/// The modes to go back to, as long as there is something to go back from.
static BEFORE: Mutex<Option<Termios>> = Mutex::new(None);

/// A panic goes back first, so that its words can be read.
static HOOK: Once = Once::new();

/// Whether a person can look and type here.
pub(crate) fn is_there() -> bool {
    isatty(io::stdin()) && isatty(io::stdout())
}

/// The terminal's size; `None` if it does not tell one that a session could have.
pub(crate) fn size() -> Option<Size> {
    let size = tcgetwinsize(io::stdout()).ok()?;
    Size::new(size.ws_col, size.ws_row)
}

/// Every key goes to whoever reads; until this is dropped.
#[derive(Debug)]
pub(super) struct Raw(());

impl Raw {
    pub(super) fn enter() -> io::Result<Self> {
        HOOK.call_once(|| {
            let told = panic::take_hook();
            panic::set_hook(Box::new(move |panicked| {
                restore();
                told(panicked);
            }));
        });
        let before = tcgetattr(io::stdin())?;
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some(before);
        let raw = Self(());
        enter_again()?;
        Ok(raw)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        restore();
    }
}

/// After a stop the shell in front has set modes of its own.
pub(super) fn enter_again() -> io::Result<()> {
    let mut modes = tcgetattr(io::stdin())?;
    modes.make_raw();
    tcsetattr(io::stdin(), OptionalActions::Now, &modes)?;
    Ok(())
}

fn restore() {
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(before) = before {
        // A terminal that is gone needs no modes. What was typed for the session is not for the shell behind it.
        let _restored = tcsetattr(io::stdin(), OptionalActions::Flush, &before);
    }
}
