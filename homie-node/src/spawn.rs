//! How a holder process is started.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::Stdio;
use std::time::Duration;

use homie_holder::HoldSpec;
use homie_protocol::code::{Code, Refusal};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a holder may take from its start to `ready`.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// Bytes of a holder's first line.
const LINE_MOST: u64 = 4096;

/// Starts holders.
pub trait SpawnHolder: Send + Sync + 'static {
    /// Starts one; it is ready, or nothing of it is left, when this returns.
    fn spawn<'a>(&'a self, spec: &'a HoldSpec) -> Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send + 'a>>;
}

/// Starts a program that takes the spec as JSON on its standard input and says `ready`: `homie hold`.
#[derive(Debug, Clone)]
pub struct HolderProgram {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl HolderProgram {
    /// This very program, with the argument `hold`.
    pub fn current() -> io::Result<Self> {
        Ok(Self::new(std::env::current_exe()?, ["hold"]))
    }

    /// Another program.
    pub fn new<A: Into<OsString>>(program: PathBuf, arguments: impl IntoIterator<Item = A>) -> Self {
        Self { program, arguments: arguments.into_iter().map(Into::into).collect() }
    }

    async fn start(&self, spec: &HoldSpec) -> Result<(), Refusal> {
        let mut request = serde_json::to_vec(spec).map_err(|error| failed(&error.to_string()))?;
        request.push(b'\n');
        let mut child = self.child().map_err(|error| failed(&error.to_string()))?;
        let answer = timeout(READY_WITHIN, exchange(&mut child, &request)).await;
        let problem = match answer {
            Ok(Ok(line)) if line.trim_end() == "ready" => {
                reap(child);
                return Ok(());
            }
            Ok(Ok(line)) => line.trim_end().trim_start_matches("error: ").to_owned(),
            Ok(Err(error)) => format!("its holder broke off: {error}"),
            Err(_) => format!("its holder was not ready within {} s", READY_WITHIN.as_secs()),
        };
        // One that has ended by itself cannot be killed, which is as well.
        let _ended = child.start_kill();
        reap(child);
        Err(failed(&problem))
    }

    fn child(&self) -> io::Result<Child> {
        Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
    }
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
