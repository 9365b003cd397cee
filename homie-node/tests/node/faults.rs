//! A machine that has run out of something: what is asked for is refused in words that help, and what runs goes on.
//!
//! Some of it needs a mount namespace of its own, and so root; without it such a test says so and proves nothing.

use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::Arc;

use homie_node::HolderProgram;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::methods::session::{Attach, SessionState, Start};
use rustix::process::{Resource, Rlimit, Signal, Uid, geteuid, kill_process, setrlimit};
use rustix::thread::set_thread_res_uid;

use crate::caller::{Caller, shell, watching};
use crate::machine::{Machine, pid, program};

/// A holder that runs behind this script, in a mount namespace of its own.
fn behind(script: &str) -> HolderProgram {
    let script = format!("{script}\nexec {}", program().display());
    HolderProgram::new("/usr/bin/unshare".into(), ["-m", "sh", "-c", &script])
}

/// Whether mount namespaces can be had. Says so if not.
fn can_mount() -> bool {
    let can = Command::new("unshare").args(["-m", "true"]).status().is_ok_and(|status| status.success());
    if !can {
        eprintln!("skipped: a mount namespace needs root");
    }
    can
}

/// Why a session cannot be started on a machine whose holders run behind this script.
async fn refused(machine: &Machine, script: &str) -> Refusal {
    let node = machine.node_that_spawns(Arc::new(behind(script))).await.unwrap();
    let mut caller = Caller::local(machine).await;
    let refusal = caller.call::<Start>(&shell("exec cat")).await.unwrap_err();
    assert_eq!(refusal.code, Code::StartFailed);
    assert_eq!(caller.list().await, []);
    node.stop().await;
    // Nothing of it is left.
    let mut left = std::fs::read_dir(machine.state.holders()).unwrap();
    assert!(left.next().is_none(), "{left:?}");
    refusal
}

#[tokio::test]
async fn where_no_terminal_is_left_that_is_said() {
    if !can_mount() {
        return;
    }
    let machine = Machine::new();
    let holds = machine.state.local_sock().with_file_name("holds");
    // The only terminal there is, is somebody else's.
    let script = format!(
        "mount -t devpts -o newinstance,ptmxmode=0666,max=1 devpts /dev/pts && mount --bind /dev/pts/ptmx /dev/ptmx
        exec 9<>/dev/ptmx
        sleep 1000 </dev/null >/dev/null 2>&1 &
        echo $! >{}
        exec 9<&-",
        holds.display()
    );
    let words = refused(&machine, &script).await.message;
    let holds = std::fs::read_to_string(holds).unwrap().trim().parse().unwrap();
    kill_process(pid(holds), Signal::KILL).unwrap();
    assert!(words.contains("no terminal can be opened") && words.contains("kernel.pty.max"), "{words}");
}

#[tokio::test]
async fn where_the_disk_is_full_that_is_said() {
    if !can_mount() {
        return;
    }
    let machine = Machine::new();
    let script = format!(
        "for folder in {}/*; do mount -t tmpfs -o size=4k,mode=700 tmpfs $folder; head -c 4096 /dev/zero >$folder/full; done",
        machine.state.holders().display()
    );
    let words = refused(&machine, &script).await.message;
    assert!(words.contains("make room on the disk"), "{words}");
}

#[tokio::test]
async fn where_a_holder_can_open_no_file_that_is_said() {
    let machine = Machine::new();
    let holder = format!("ulimit -n 6; exec {}", program().display());
    let holder = HolderProgram::new("/bin/sh".into(), ["-c", &holder]);
    let _node = machine.node_that_spawns(Arc::new(holder)).await.unwrap();
    let mut caller = Caller::local(&machine).await;
    let refusal = caller.call::<Start>(&shell("exec cat")).await.unwrap_err();
    assert_eq!(refusal.code, Code::StartFailed);
    assert!(refusal.message.contains("open files") || refusal.message.contains("files are open"), "{refusal}");
}

/// The limit is a process's own, so it is set in one of our own: this very test program, told to run the next test.
#[test]
fn where_the_node_can_open_no_file_that_is_said_and_the_sessions_go_on() {
    let ours = std::env::current_exe().unwrap();
    let name = "faults::in_a_process_with_few_files";
    let inner = Command::new(ours).args(["--exact", name, "--ignored", "--nocapture"]).output().unwrap();
    let said = String::from_utf8_lossy(&inner.stdout);
    assert!(inner.status.success() && said.contains("1 passed"), "{said}\n{}", String::from_utf8_lossy(&inner.stderr));
}

#[tokio::test]
#[ignore = "takes all files of its process: the test before it gives it one of its own"]
async fn in_a_process_with_few_files() {
    let few = Rlimit { current: Some(64), maximum: Some(64) };
    setrlimit(Resource::Nofile, few).unwrap();
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("exec cat").await.id;
    caller.type_on(1, session).await;
    let mut hoard = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        hoard.push(file);
    }
    let refusal = caller.call::<Start>(&shell("exec cat")).await.unwrap_err();
    assert_eq!(refusal.code, Code::StartFailed);
    assert!(refusal.message.contains("too many files are open"), "{refusal}");
    caller.input(1, 0, b"unharmed\r");
    caller.until_shown(1, "unharmed").await;
    drop(hoard);
    caller.start("exec cat").await;
}

#[tokio::test]
async fn a_socket_that_another_user_listens_on_is_no_holders() {
    if !geteuid().is_root() {
        eprintln!("skipped: only root can listen as somebody else");
        return;
    }
    let machine = Machine::new();
    let node = machine.node().await;
    let mut caller = Caller::local(&machine).await;
    let session = caller.start("exec cat").await.id;
    node.stop().await;
    let (holder, socket) = (machine.holder_process(session), machine.state.holder(&session).join("sock"));
    machine.kill_holder(session);
    holder.ended().await;
    std::fs::remove_file(&socket).unwrap();
    // Whose a listening socket is was settled when it began to listen.
    let squatter = std::thread::spawn(move || {
        let (root, nobody) = (Uid::ROOT, Uid::from_raw(65534));
        let bound =
            rustix::net::socket(rustix::net::AddressFamily::UNIX, rustix::net::SocketType::STREAM, None).unwrap();
        rustix::net::bind(&bound, &rustix::net::SocketAddrUnix::new(&socket).unwrap()).unwrap();
        set_thread_res_uid(root, nobody, root).unwrap();
        rustix::net::listen(&bound, 8).unwrap();
        set_thread_res_uid(root, root, root).unwrap();
        UnixListener::from(bound)
    });
    let squatter = squatter.join().unwrap();
    squatter.set_nonblocking(true).unwrap();

    let _node = machine.node().await;
    let mut again = Caller::local(&machine).await;
    assert_ne!(again.list().await[0].state, SessionState::Running);
    let refusal = again.call::<Attach>(&watching(1, session)).await.unwrap_err();
    assert_eq!(refusal.code, Code::Unreachable);
    // It was called on, and heard nothing.
    let (mut heard, _) = squatter.accept().unwrap();
    let mut words = Vec::new();
    std::io::Read::read_to_end(&mut heard, &mut words).unwrap();
    assert_eq!(words, b"");
}
