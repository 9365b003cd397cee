//! The headless xterm.js of `tests/painter`, as a child process that is asked a line at a time.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use data_encoding::BASE64;
use homie_screen::Size;
use serde_json::value::RawValue;
use serde_json::{Value, json};

pub(crate) struct Painter {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

#[derive(serde::Deserialize)]
struct Answer {
    #[serde(default)]
    dumps: Vec<Box<RawValue>>,
    error: Option<String>,
}

impl Painter {
    pub(crate) fn start() -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/painter/dist/main.js");
        assert!(program.exists(), "build the painter first: npm run build --workspace tests/painter");
        let mut child =
            Command::new("node").arg(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node runs");
        let questions = child.stdin.take().expect("stdin is a pipe");
        let answers = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        Self { child, questions, answers }
    }

    /// Gives the stream that steps speak of. One at a time is enough.
    pub(crate) fn name(&mut self, stream: &[u8]) {
        self.ask(&json!({ "name": "stream", "bytes": BASE64.encode(stream) }));
    }

    /// The dumps that the steps ask for, as xterm.js's side wrote them.
    pub(crate) fn paint(&mut self, size: Size, steps: &[Value]) -> Vec<String> {
        let answer = self.ask(&json!({ "cols": size.cols(), "rows": size.rows(), "steps": steps }));
        answer.dumps.iter().map(|dump| dump.get().to_owned()).collect()
    }

    fn ask(&mut self, question: &Value) -> Answer {
        writeln!(self.questions, "{question}").expect("the painter listens");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the painter answers");
        let answer: Answer = serde_json::from_str(&line).expect("the painter answers in JSON");
        assert_eq!(answer.error, None, "the painter cannot do this");
        answer
    }
}

impl Drop for Painter {
    fn drop(&mut self) {
        // It ends with its input; this is for one that does not.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn bytes(bytes: &[u8]) -> Value {
    json!({ "bytes": BASE64.encode(bytes) })
}

pub(crate) fn piece(from: usize, to: usize) -> Value {
    json!({ "stream": "stream", "from": from, "to": to })
}

pub(crate) fn dump() -> Value {
    json!({ "dump": true })
}
