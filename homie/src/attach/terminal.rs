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
pub(crate) struct Raw(());

impl Raw {
    pub(crate) fn enter() -> io::Result<Self> {
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
pub(crate) fn enter_again() -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::OwnedFd;
    use std::process::{Command, Stdio};

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::LocalModes;

    use super::*;

    /// Both ends of a terminal.
    fn terminal() -> (OwnedFd, File) {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        (master, File::options().read(true).write(true).open(path).unwrap())
    }

    /// Says to the process that this test starts that it is the one to panic.
    const PANICS: &str = "HOMIE_TEST_PANICS";

    #[test]
    fn a_panic_leaves_the_terminal_as_it_was() {
        if std::env::var_os(PANICS).is_some() {
            return panic_while_raw();
        }
        let (_master, terminal) = terminal();
        let before = tcgetattr(&terminal).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "attach::terminal::tests::a_panic_leaves_the_terminal_as_it_was"])
            .env(PANICS, "1")
            .stdin(terminal.try_clone().unwrap())
            .stdout(Stdio::piped())
            .output()
            .unwrap();
        let told = String::from_utf8(child.stdout).unwrap();
        assert!(told.contains("it was raw"), "{told}");
        let after = tcgetattr(&terminal).unwrap();
        assert_eq!((after.input_modes, after.local_modes), (before.input_modes, before.local_modes));
        assert_eq!((after.output_modes, after.control_modes), (before.output_modes, before.control_modes));
    }

    fn panic_while_raw() {
        let raw = Raw::enter().unwrap();
        let is_raw = !tcgetattr(io::stdin()).unwrap().local_modes.contains(LocalModes::ICANON);
        // Not the way back by dropping: that is another one.
        std::mem::forget(raw);
        assert!(!is_raw, "it was raw");
    }
}
