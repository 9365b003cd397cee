//! Starts the program, hears what it says, and leaves nothing behind.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

/// Long enough for anything that happens at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A user that has nothing.
const NOBODY: u32 = 65_534;

/// No keyring: a test has no business in a person's own.
const NO_BUS: &str = "unix:path=/nonexistent";

/// A state directory.
pub(crate) struct Home {
    folder: TempDir,
    /// Where the keyring is to be had, if anywhere.
    bus: String,
    /// Whose programs run here, if not the test's own user's.
    uid: Option<u32>,
    /// A process in whose network programs run here, if not in the test's own.
    network: Option<u32>,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), bus: NO_BUS.to_owned(), uid: None, network: None }
    }

    /// The programs here find a keyring at this address.
    pub(crate) fn on_bus(bus: &str) -> Self {
        Self { bus: bus.to_owned(), ..Self::new() }
    }

    /// The keyring is gone.
    pub(crate) fn without_bus(&mut self) {
        self.bus = NO_BUS.to_owned();
    }

    /// Of a user who is not the one that the test, and so a fake tailscaled, runs as. Without root there is no such user, and it
    /// is of the test's own.
    pub(crate) fn of_an_ordinary_user() -> Self {
        let mut home = Self::new();
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(home.folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
            home.uid = Some(NOBODY);
        }
        home
    }

    /// Programs here run in the network of this process.
    pub(crate) fn in_network_of(process: u32) -> Self {
        Self { network: Some(process), ..Self::new() }
    }

    /// Whether programs here run as another user than the test.
    pub(crate) fn is_of_another_user(&self) -> bool {
        self.uid.is_some()
    }

    /// The folder around the state directory, of the same user.
    pub(crate) fn around(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("homie")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(Path::new(env!("CARGO_BIN_EXE_homie")), arguments)
    }

    /// The program under another name.
    pub(crate) fn command_of(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = match self.network {
            None => Command::new(program),
            Some(process) => {
                let mut enters = Command::new("nsenter");
                enters.arg(format!("--net=/proc/{process}/ns/net")).arg("--").arg(program);
                enters
            }
        };
        self.prepared(command.args(arguments).stdin(Stdio::null()));
        command
    }

    /// Another program that finds this one, and this state directory.
    pub(crate) fn prepared<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        if let Some(uid) = self.uid {
            command.uid(uid).gid(uid).current_dir("/");
        }
        command.env("PATH", search_path()).env("HOMIE_HOME", self.path());
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus);
        command.env_remove("HOMIE_LOG").env_remove("HOMIE_SESSION").env_remove("NO_COLOR")
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs it to its end with this input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        fed(&mut self.command(arguments), input)
    }

    /// The same with the small program that is a holder.
    pub(crate) fn small_with_input(&self, input: &str) -> Output {
        fed(&mut self.command_of(Path::new(env!("CARGO_BIN_EXE_homie-hold")), &[]), input)
    }

    /// Starts it, to go on beside the test.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let mut child = self.spawn(arguments);
        let (stdout, stderr) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
        Running { child, stdout, stderr }
    }

    /// The same for a program whose answers nobody reads.
    pub(crate) fn start_unheard(&self, arguments: &[&str]) -> Running {
        let mut child = self.spawn(arguments);
        drop(child.stdout.take());
        let stderr = lines(child.stderr.take().unwrap());
        Running { child, stdout: channel().1, stderr }
    }

    fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }
}

fn fed(command: &mut Command, input: &str) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Where programs are found, this one first.
pub(crate) fn search_path() -> OsString {
    let ours = Path::new(env!("CARGO_BIN_EXE_homie")).parent().unwrap();
    let theirs = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths([ours.to_owned()].into_iter().chain(std::env::split_paths(&theirs))).unwrap()
}

/// A program that runs; it ends with the test.
pub(crate) struct Running {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Running {
    /// Waits for a line that contains this, and gives it.
    pub(crate) fn hear(&self, what: &str) -> String {
        heard(&self.stdout, what)
    }

    /// The same in the log.
    pub(crate) fn hear_log(&self, what: &str) -> String {
        heard(&self.stderr, what)
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Waits for the end. The log ends with the program, so that the wait for it can have a limit.
    pub(crate) fn end(mut self) -> ExitStatus {
        loop {
            match self.stderr.recv_timeout(PATIENCE) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => panic!("it does not end"),
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _killed = self.child.kill();
        self.child.wait().unwrap();
    }
}

/// The address in a line that has one.
pub(crate) fn address(line: &str) -> SocketAddr {
    let (_, rest) = line.split_once("http://localhost:").unwrap();
    let port = rest.split('/').next().unwrap().parse().unwrap();
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// The secret in a line that has one.
pub(crate) fn secret(line: &str) -> String {
    line.split_once("/#link=").unwrap().1.to_owned()
}

/// Asks the gateway who it is.
pub(crate) fn about(addr: SocketAddr) -> String {
    let mut socket = TcpStream::connect(addr).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(socket, "GET /.well-known/homie HTTP/1.1\r\nHost: {addr}\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (line_tx, line_rx) = channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            // A test that listens no more must not fill the pipe.
            let _heard = line_tx.send(line);
        }
    });
    line_rx
}

fn heard(lines: &Receiver<String>, what: &str) -> String {
    let mut before = Vec::new();
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) if line.contains(what) => return line,
            Ok(line) => before.push(line),
            Err(error) => panic!("{what:?} was not said ({error}), but {before:#?}"),
        }
    }
}
