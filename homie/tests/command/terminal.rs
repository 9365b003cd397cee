//! A person's terminal: panes of a tmux of the test's own. Its control client tells whenever something was painted, so
//! that a test can wait for what it wants to see.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use tempfile::TempDir;

use crate::machine::Machine;
use crate::program::{PATIENCE, search_path};

/// The prompt of the shells outside of any session.
pub(crate) const PROMPT: &str = "outer$";

/// What runs in each pane.
const SHELL: &str = "env -u TMUX PS1='outer$ ' bash --norc --noprofile";

/// A tmux with some panes.
pub(crate) struct Terminal {
    folder: TempDir,
    control: Child,
    painted: Receiver<String>,
}

impl Terminal {
    /// One pane of 100 columns and 24 rows.
    pub(crate) fn new(machine: &Machine) -> Self {
        let folder = TempDir::new().unwrap();
        let mut first = tmux(&folder);
        first.args(["-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "24", SHELL]);
        // Its panes have what the server was started with, but for the path, which each command says again.
        let first = machine.home().prepared(&mut first).env("LC_ALL", "C.UTF-8").status().unwrap();
        assert!(first.success(), "tmux does not start");
        let window = tmux(&folder).args(["set", "-g", "window-size", "manual"]).status().unwrap();
        assert!(window.success());
        let mut control = tmux(&folder);
        let mut control = control.args(["-C", "attach"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let painted = lines(&mut control);
        let terminal = Self { folder, control, painted };
        terminal.sees(0, PROMPT);
        terminal
    }

    /// One more pane beside the first.
    pub(crate) fn split(&self) -> usize {
        self.tmux(&["split-window", "-h", "-t", ":.0", SHELL]);
        self.sees(1, PROMPT);
        1
    }

    /// One more pane, of so many rows, below all of them.
    pub(crate) fn split_below(&self, rows: u16) -> usize {
        self.tmux(&["split-window", "-v", "-f", "-l", &rows.to_string(), "-t", ":.0", SHELL]);
        let pane = self.tmux(&["list-panes"]).lines().count() - 1;
        self.sees(pane, PROMPT);
        pane
    }

    /// The command that shows this very terminal somewhere else.
    pub(crate) fn mirror(&self) -> Vec<String> {
        let socket = socket(&self.folder).display().to_string();
        ["env", "-u", "TMUX", "tmux", "-u", "-S", &socket, "attach"].map(str::to_owned).to_vec()
    }

    /// Types a line.
    pub(crate) fn line(&self, pane: usize, text: &str) {
        self.tmux(&["send-keys", "-t", &target(pane), "-l", text]);
        self.key(pane, "Enter");
    }

    /// Presses a key.
    pub(crate) fn key(&self, pane: usize, name: &str) {
        self.tmux(&["send-keys", "-t", &target(pane), name]);
    }

    /// Pastes what is in a file.
    pub(crate) fn paste(&self, pane: usize, file: &Path) {
        self.tmux(&["load-buffer", &file.display().to_string()]);
        self.tmux(&["paste-buffer", "-r", "-t", &target(pane)]);
    }

    pub(crate) fn resize(&self, cols: u16, rows: u16) {
        self.tmux(&["resize-window", "-t", ":", "-x", &cols.to_string(), "-y", &rows.to_string()]);
    }

    /// What is on the screen.
    pub(crate) fn screen(&self, pane: usize) -> String {
        self.tmux(&["capture-pane", "-p", "-t", &target(pane)])
    }

    /// What tmux knows of the pane: its title, its modes.
    pub(crate) fn tells(&self, pane: usize, format: &str) -> String {
        self.tmux(&["display-message", "-p", "-t", &target(pane), format]).trim_end().to_owned()
    }

    /// Waits until the screen has this, and gives it.
    pub(crate) fn sees(&self, pane: usize, text: &str) -> String {
        self.until(|| self.screen(pane), |screen| screen.contains(text), text)
    }

    /// Waits until the screen is this, but for blanks at the ends.
    pub(crate) fn shows(&self, pane: usize, wanted: &str) {
        let bare = |text: &str| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned();
        self.until(|| self.screen(pane), |screen| bare(screen) == bare(wanted), wanted);
    }

    /// The same for what tmux knows.
    pub(crate) fn learns(&self, pane: usize, format: &str, told: &str) {
        self.until(|| self.tells(pane, format), |answer| answer == told, told);
    }

    fn until(&self, look: impl Fn() -> String, is_it: impl Fn(&str) -> bool, wanted: &str) -> String {
        loop {
            let seen = look();
            if is_it(&seen) {
                return seen;
            }
            assert!(self.painted.recv_timeout(PATIENCE).is_ok(), "{wanted:?} is not to be seen in:\n{seen}");
            while self.painted.try_recv().is_ok() {}
        }
    }

    pub(crate) fn tmux(&self, arguments: &[&str]) -> String {
        let output = tmux(&self.folder).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The server of this socket is the test's own.
        let _ended = tmux(&self.folder).arg("kill-server").status();
        let _killed = self.control.kill();
        self.control.wait().unwrap();
    }
}

fn tmux(folder: &TempDir) -> Command {
    let mut command = Command::new("tmux");
    command.arg("-u").arg("-S").arg(socket(folder)).env_remove("TMUX").env("PATH", search_path());
    command
}

fn socket(folder: &TempDir) -> PathBuf {
    folder.path().join("tmux")
}

fn target(pane: usize) -> String {
    format!(":.{pane}")
}

fn lines(control: &mut Child) -> Receiver<String> {
    let (line_tx, line_rx) = channel();
    let output = control.stdout.take().unwrap();
    thread::spawn(move || {
        // tmux cuts what a pane prints anywhere, also in the middle of a letter.
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            if line_tx.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    line_rx
}
