//! How a holder process is started.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::Stdio;
use std::time::Duration;

use homie_holder::HoldSpec;
use homie_protocol::code::{Code, Refusal};
use rustix::io::Errno;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a holder may take from its start to `ready`.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// Bytes of a holder's first line.
const LINE_MOST: u64 = 4096;

/// How long its last words and its end may take once it has closed its output.
const WORDS_WITHIN: Duration = Duration::from_secs(1);

/// Bytes of a holder's last words that are told.
const WORDS_MOST: usize = 1024;

/// Before the reason that a holder gives in its first line.
const ERROR: &str = "error: ";

/// Starts holders.
pub trait SpawnHolder: Send + Sync + 'static {
    /// Starts one; it is ready, or nothing of it is left, when this returns.
    fn spawn<'a>(&'a self, spec: &'a HoldSpec) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send + 'a>>;
}

/// A program that is a holder and nothing else. It lies beside `homie`, and takes half the memory.
const SMALL: &str = "homie-hold";

/// Starts a program that takes the spec as JSON on its standard input and says `ready`.
#[derive(Debug, Clone)]
pub struct HolderProgram {
    /// Taken where it can be run.
    small: Option<PathBuf>,
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl HolderProgram {
    /// The one of this very program.
    pub fn current() -> io::Result<Self> {
        Ok(Self::of(std::env::current_exe()?))
    }

    /// `homie-hold` beside this `homie`; where that is missing, `homie hold`.
    pub fn of(homie: PathBuf) -> Self {
        Self { small: Some(homie.with_file_name(SMALL)), ..Self::new(homie, ["hold"]) }
    }

    /// Another program.
    pub fn new<A: Into<OsString>>(program: PathBuf, arguments: impl IntoIterator<Item = A>) -> Self {
        Self { small: None, program, arguments: arguments.into_iter().map(Into::into).collect() }
    }

    async fn start(&self, spec: &HoldSpec) -> Result<(), Refusal> {
        let mut request = serde_json::to_vec(spec).map_err(|error| failed(&error.to_string()))?;
        request.push(b'\n');
        let mut child = self.child().map_err(|error| failed(&self.not_run(&error)))?;
        let answer = timeout(READY_WITHIN, exchange(&mut child, &request)).await;
        let problem = match answer {
            Ok(Ok(line)) if line.trim_end() == "ready" => {
                reap(child);
                return Ok(());
            }
            Ok(Ok(line)) if line.starts_with(ERROR) => shown(line.trim_start_matches(ERROR)),
            Ok(Ok(line)) => format!("its holder said {:?} instead of ready", shown(&line)),
            Ok(Err(error)) => format!("its holder {}", last_words(&mut child, &error).await),
            Err(_) => format!("its holder was not ready within {} s", READY_WITHIN.as_secs()),
        };
        // One that has ended by itself cannot be killed, which is as well.
        let _ended = child.start_kill();
        reap(child);
        Err(failed(&problem))
    }

    fn not_run(&self, error: &io::Error) -> String {
        let hint = match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::MFILE | Errno::NFILE) => "; too many files are open: close circuits or raise the limit",
            Some(Errno::AGAIN | Errno::NOMEM) => "; the machine has no room for another process: end some first",
            _ => "",
        };
        format!("{} cannot be run: {error}{hint}", self.program.display())
    }

    fn child(&self) -> io::Result<Child> {
        let small = self.small.as_ref().map(|small| run(&mut Command::new(small)));
        match small {
            Some(Ok(child)) => Ok(child),
            // Whatever keeps it from running, the other one says so if it keeps that too.
            Some(Err(_)) | None => run(Command::new(&self.program).args(&self.arguments)),
        }
    }
}

fn run(command: &mut Command) -> io::Result<Child> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

impl SpawnHolder for HolderProgram {
    fn spawn<'a>(&'a self, spec: &'a HoldSpec) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send + 'a>> {
        Box::pin(self.start(spec))
    }
}

async fn exchange(child: &mut Child, request: &[u8]) -> io::Result<String> {
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    input.write_all(request).await?;
    drop(input);
    let mut line = String::new();
    BufReader::new(output.take(LINE_MOST)).read_line(&mut line).await?;
    if line.is_empty() { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(line) }
}

/// How a holder ended that did not say `ready`, and what it said last.
async fn last_words(child: &mut Child, error: &io::Error) -> String {
    let mut tail = Vec::new();
    // A child of its own may keep the pipe open for ever: what has come by then is told.
    let _late = timeout(WORDS_WITHIN, read_tail(child, &mut tail)).await;
    let words = shown(&String::from_utf8_lossy(&tail));
    let ended = match timeout(WORDS_WITHIN, child.wait()).await {
        Ok(Ok(status)) => format!("ended before it was ready ({status})"),
        // It lives and has closed its output.
        Ok(Err(_)) | Err(_) => format!("broke off before it was ready ({error})"),
    };
    if words.is_empty() { ended } else { format!("{ended}: {words}") }
}

/// Reads the end of what a process says on its standard error. One that is ready has let go of that.
async fn read_tail(child: &mut Child, tail: &mut Vec<u8>) {
    let (Some(mut errors), mut piece) = (child.stderr.take(), [0; 4096]) else { return };
    // Whatever came before a failed read is worth telling.
    while let Ok(len @ 1..) = errors.read(&mut piece).await {
        tail.extend_from_slice(piece.get(..len).unwrap_or_default());
        tail.drain(..tail.len().saturating_sub(WORDS_MOST));
    }
}

/// A program's words as part of ours: one line without anything a terminal would obey.
fn shown(words: &str) -> String {
    let plain = words.trim().chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    plain.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Waits for the process, whenever it ends, so that no zombie stays.
fn reap(mut child: Child) {
    tokio::spawn(async move {
        if let Err(error) = child.wait().await {
            tracing::debug!(%error, "a holder could not be waited for");
        }
    });
}

fn failed(problem: &str) -> Refusal {
    Refusal::new(Code::StartFailed, format!("the session could not be started: {problem}"))
}

#[cfg(test)]
mod tests;
