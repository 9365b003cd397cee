//! What is told of holders that do not come up.

use homie_protocol::id::{Incarnation, SessionId};
use homie_protocol::methods::session::Size;

use super::*;

fn spec() -> HoldSpec {
    HoldSpec {
        session: SessionId::from_bytes([1; 16]),
        incarnation: Incarnation::from_bytes([1; 16]),
        folder: "/nowhere".into(),
        name: None,
        command: None,
        cwd: None,
        env: std::collections::BTreeMap::new(),
        size: Size::default(),
        pipes: false,
        joined: false,
        created_at: 0,
        wish: None,
    }
}

/// What is told of a holder that is this shell script.
async fn told(script: &str) -> String {
    let shell = HolderProgram::new("/bin/sh".into(), ["-c", script]);
    let refusal = shell.spawn(&spec()).await.unwrap_err();
    assert_eq!(refusal.code, Code::StartFailed);
    refusal.message
}

#[tokio::test]
async fn one_that_ends_is_told_with_its_status_and_its_last_words() {
    let words = told("read spec; printf 'libfoo is \\033[31mmissing\\n\\n' >&2; exit 7").await;
    assert!(words.ends_with("its holder ended before it was ready (exit status: 7): libfoo is [31mmissing"), "{words}");
    let words = told("exec 1>&-; read spec; kill -9 $$").await;
    assert!(words.contains("signal: 9 (SIGKILL)"), "{words}");
}

#[tokio::test]
async fn of_many_words_the_last_are_told() {
    let words = told("read spec; for i in $(seq 1 2000); do echo line $i >&2; done; exit 1").await;
    assert!(words.ends_with("line 1999 line 2000") && words.len() < WORDS_MOST + 200, "{words}");
}

#[tokio::test]
async fn its_own_reason_comes_first() {
    let words = told("read spec; echo 'error: no terminal left'; echo noise >&2; exit 1").await;
    assert_eq!(words, "the session could not be started: no terminal left");
    let words = told("read spec; echo hello; exit 1").await;
    assert!(words.ends_with("said \"hello\" instead of ready"), "{words}");
}

#[tokio::test]
async fn one_whose_children_keep_its_output_does_not_keep_us() {
    // The child holds the pipe until it is told to end, by the end of the test's own pipe.
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("end");
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0).unwrap();
    let held = std::fs::OpenOptions::new().read(true).write(true).open(&fifo).unwrap();
    let words =
        told(&format!("read spec; echo why >&2; (exec 1>&2; read end <{}) & exec 1>&-; exit 3", fifo.display())).await;
    assert!(words.ends_with("(exit status: 3): why"), "{words}");
    std::io::Write::write_all(&mut &held, b"end\n").unwrap();
}

#[tokio::test]
async fn a_program_that_is_not_there_is_named() {
    let nothing = HolderProgram::new("/no/such/homie".into(), Vec::<String>::new());
    let refusal = nothing.spawn(&spec()).await.unwrap_err();
    assert!(refusal.message.contains("/no/such/homie cannot be run"), "{refusal}");
}

#[tokio::test]
async fn the_small_program_is_taken_where_it_is_there() {
    // cat says the spec again, and with `hold` that there is no such file.
    let folder = tempfile::tempdir().unwrap();
    let (homie, small) = (folder.path().join("homie"), folder.path().join("homie-hold"));
    std::os::unix::fs::symlink("/bin/cat", &homie).unwrap();
    std::os::unix::fs::symlink("/bin/cat", &small).unwrap();
    let holder = HolderProgram::of(homie);
    let words = holder.spawn(&spec()).await.unwrap_err().message;
    assert!(words.contains("/nowhere"), "{words}");
    std::fs::remove_file(small).unwrap();
    let words = holder.spawn(&spec()).await.unwrap_err().message;
    assert!(words.contains("hold: No such file"), "{words}");
}
