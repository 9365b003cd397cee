//! The start: what a holder refuses to begin with, and what its program finds.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use homie_holder::HoldSpec;
use tempfile::TempDir;

use crate::process::{Holder, read, spec, start};

/// The holder says why and ends, and no program runs.
fn refuses(change: impl FnOnce(&mut HoldSpec), why: &str) {
    let home = TempDir::new().unwrap();
    let mut spec = spec(home.path(), &["true"]);
    change(&mut spec);
    let (mut process, answer) = start(&spec);
    assert!(!process.wait().unwrap().success());
    assert!(answer.starts_with("error: ") && answer.contains(why), "{answer:?} does not say {why:?}");
    assert!(!spec.folder.join("spec.json").exists());
}

#[test]
fn a_folder_that_is_not_ours_alone_is_refused() {
    refuses(|spec| fs::write(&spec.folder, "squatted").unwrap(), "not a folder");
    refuses(
        |spec| {
            fs::create_dir(&spec.folder).unwrap();
            fs::set_permissions(&spec.folder, Permissions::from_mode(0o750)).unwrap();
        },
        "others can enter",
    );
    refuses(
        |spec| {
            let elsewhere = spec.folder.with_file_name("elsewhere");
            fs::create_dir(&elsewhere).unwrap();
            symlink(elsewhere, &spec.folder).unwrap();
        },
        "not a folder",
    );
    refuses(|spec| spec.folder = "relative".into(), "absolute");
    refuses(|spec| spec.folder = spec.folder.join("no/parent"), "holder's folder");
}

#[test]
fn a_place_that_is_taken_is_refused() {
    let ours = |spec: &HoldSpec| {
        fs::create_dir(&spec.folder).unwrap();
        fs::set_permissions(&spec.folder, Permissions::from_mode(0o700)).unwrap();
        spec.folder.join("sock")
    };
    refuses(|spec| fs::write(ours(spec), "").unwrap(), "not a socket");
    let holder = Holder::mirror();
    let (mut process, answer) = start(&holder.spec);
    assert!(!process.wait().unwrap().success());
    assert!(answer.contains("another holder lives here"), "{answer:?}");
    assert!(holder.link(1).welcome.is_some());

    // A socket that nobody listens on is that of a holder that was killed.
    let next = Holder::start(|spec| drop(UnixListener::bind(ours(spec)).unwrap()), &["cat"]);
    assert!(next.link(1).welcome.is_some());
}

#[test]
fn a_path_too_long_for_a_socket_is_refused_with_a_way_out() {
    refuses(|spec| spec.folder = spec.folder.with_file_name("x".repeat(100)), "choose a shorter HOMIE_HOME");
}

#[test]
fn a_program_that_cannot_start_is_refused() {
    refuses(|spec| spec.command = Some(vec!["no-such-program".into()]), "no-such-program");
    refuses(|spec| spec.command = Some(Vec::new()), "empty");
    refuses(|spec| spec.cwd = Some("/no/such/folder".into()), "cwd");
    refuses(|spec| spec.cwd = Some("tmp".into()), "cwd");
    refuses(|spec| drop(spec.env.insert("A=B".into(), String::new())), "env");
}

#[test]
fn a_program_finds_its_terminal_its_folder_and_its_variables() {
    let script = "stty size; echo [$TERM] [$COLORTERM] [$HOMIE_SESSION] [$MINE] [$NOTIFY_SOCKET] [$PWD]; ls -1 /proc/self/fd; read x";
    let change = |spec: &mut HoldSpec| {
        spec.cwd = Some("/usr".into());
        drop(spec.env.insert("MINE".into(), "yes it is".into()));
    };
    let holder = Holder::start(change, &["sh", "-c", script]);
    let mut node = holder.link(1);
    node.watch(1, None);
    let variables = format!("[xterm-256color] [truecolor] [{}] [yes it is] [] [/usr]", holder.spec.session);
    // Besides the three streams there is only what ls has opened itself.
    node.until_shown(1, &format!("24 80\r\n{variables}\r\n0\r\n1\r\n2\r\n3\r\n"));
    let record = holder.record();
    assert_eq!((record.name.as_str(), record.cwd.as_str()), ("sh", "/usr"));
    assert_eq!(record.command, ["sh", "-c", script]);
}

#[test]
fn without_a_command_it_is_the_login_shell() {
    let holder = Holder::start(
        |spec| {
            (spec.command, spec.cwd) = (None, None);
            // Not with what a person has put into the files that a login reads: that may take as long as it likes.
            let home = spec.folder.parent().unwrap().to_str().unwrap().to_owned();
            spec.env.insert("HOME".to_owned(), home);
        },
        &[],
    );
    let mut node = holder.link(1);
    node.write(1, 1, 0);
    node.input(1, 0, b"echo shell:$0:\r");
    let name = holder.record().name;
    node.until_shown(1, &format!("shell:-{name}:"));
}

#[test]
fn nobody_else_can_read_what_it_leaves() {
    let holder = Holder::mirror();
    let mode = |path: std::path::PathBuf| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(holder.spec.folder.clone()), 0o700);
    assert_eq!(mode(holder.socket()), 0o600);
    assert_eq!(mode(holder.spec.folder.join("spec.json")), 0o600);
    assert!(read::<homie_holder::Record>(&holder.spec.folder.join("spec.json")).is_some());
}
