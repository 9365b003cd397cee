//! Where a scope is wanted, and what a manager may answer: yes, no, nonsense, or nothing.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread::{JoinHandle, spawn};

use tempfile::TempDir;

use super::*;

const UNIT: &str = "homie-s-test-1.scope";

#[test]
fn a_scope_is_wanted_where_it_lives_longer() {
    let wanted = |cgroup, lingers| is_wanted(cgroup, 1000, lingers).is_ok();
    assert!(wanted("/user.slice/user-1000.slice/user@1000.service/app.slice/homie.service", false));
    assert!(wanted("/user.slice/user-1000.slice/session-4.scope", true));
    assert!(!wanted("/user.slice/user-1000.slice/session-4.scope", false));
    assert!(wanted("/system.slice/homie.service", false));
    assert!(wanted("/", false));
    assert!(!wanted("", true));
}

#[test]
fn the_manager_is_asked_at_its_own_socket() {
    let (runtime, manager) = manager("systemd/private", Calls::done);
    ask_in(&runtime).unwrap();
    let calls = manager.join().unwrap();
    assert_eq!(calls.len(), 1);
    for word in ["StartTransientUnit", "ssa(sv)a(sa(sv))", UNIT, "fail", "PIDs", "OOMPolicy", "SendSIGHUP"] {
        assert!(has(&calls[0], word.as_bytes()), "{word}");
    }
    // An array of one number, ours.
    assert!(has(&calls[0], &[&[2], &b"au\0"[..]].concat()));
    assert!(has(&calls[0], &[&4_u32.to_le_bytes()[..], &getpid().as_raw_pid().to_le_bytes()].concat()));
}

#[test]
fn without_it_the_bus_is_asked_after_a_hello() {
    let (runtime, manager) = manager("bus", |calls| {
        calls.signal();
        calls.done();
        calls.done();
    });
    ask_in(&runtime).unwrap();
    let calls = manager.join().unwrap();
    assert!(has(&calls[0], b"Hello") && has(&calls[1], b"StartTransientUnit"));
}

#[test]
fn an_older_manager_is_asked_for_less() {
    let (runtime, manager) = manager("systemd/private", |calls| {
        calls.refuse("org.freedesktop.DBus.Error.PropertyReadOnly", "Cannot set property OOMPolicy");
        calls.done();
    });
    ask_in(&runtime).unwrap();
    let calls = manager.join().unwrap();
    assert!(has(&calls[0], b"OOMPolicy") && !has(&calls[1], b"OOMPolicy") && has(&calls[1], b"PIDs"));
}

#[test]
fn a_refusal_is_told_in_its_words() {
    let (runtime, _manager) = manager("systemd/private", |calls| {
        calls.refuse("org.freedesktop.systemd1.UnitExists", "Unit homie was already loaded");
    });
    let told = ask_in(&runtime).unwrap_err().to_string();
    assert!(told.contains("UnitExists") && told.contains("already loaded"), "{told}");
}

#[test]
fn nobody_nonsense_and_silence_are_no_yes() {
    let nobody = TempDir::new().unwrap();
    assert!(matches!(ask_in(&nobody), Err(NoBus::Silent(_))));

    for nonsense in [&b"HTTP/1.1 400 no\r\n"[..], b"OK 1\r\nBxxxxxxxxxxxxxxxxxxxxxxx", b"OK 1\r\nl", b""] {
        let runtime = TempDir::new().unwrap();
        let listener = listen(&runtime, "bus");
        let theirs = spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            socket.write_all(nonsense).unwrap();
            // What we say is read, so that the end of the socket is an end and no reset.
            socket.shutdown(std::net::Shutdown::Write).unwrap();
            let _ = socket.read_to_end(&mut Vec::new());
        });
        assert!(ask_in(&runtime).is_err());
        theirs.join().unwrap();
    }

    let silent = TempDir::new().unwrap();
    let _listener = listen(&silent, "bus");
    let until = Instant::now() + Duration::from_millis(50);
    assert!(matches!(ask(silent.path(), UNIT, until), Err(NoBus::Silent(_))));
}

/// What the manager of a test does with the calls that come.
struct Calls {
    socket: UnixStream,
    seen: Vec<Vec<u8>>,
}

impl Calls {
    fn next(&mut self) -> u32 {
        let mut head = [0; wire::HEAD];
        self.socket.read_exact(&mut head).unwrap();
        let mut message = vec![0; wire::len(&head).unwrap()];
        message[..wire::HEAD].copy_from_slice(&head);
        self.socket.read_exact(&mut message[wire::HEAD..]).unwrap();
        self.seen.push(message);
        u32::from_le_bytes(head[8..12].try_into().unwrap())
    }

    fn done(&mut self) {
        let serial = self.next();
        self.answer(2, &[field_u32(5, serial)], b"");
    }

    fn refuse(&mut self, name: &str, text: &str) {
        let serial = self.next();
        self.answer(3, &[field_text(4, name), field_u32(5, serial)], &framed(text));
    }

    fn signal(&mut self) {
        self.answer(4, &[field_text(3, "NameAcquired")], &framed(":1.1"));
    }

    fn answer(&mut self, kind: u8, fields: &[Vec<u8>], body: &[u8]) {
        let mut list = Vec::new();
        for field in fields {
            list.resize(list.len().next_multiple_of(8), 0);
            list.extend_from_slice(field);
        }
        let lengths = [body.len(), 1, list.len()].map(|len| u32::try_from(len).unwrap().to_le_bytes()).concat();
        let mut message = [&[b'l', kind, 1, 1], &lengths[..], &list].concat();
        message.resize(message.len().next_multiple_of(8), 0);
        self.socket.write_all(&[&message, body].concat()).unwrap();
    }
}

/// A manager that greets one caller, then does as told; it gives the calls it has seen.
fn manager(path: &str, act: impl FnOnce(&mut Calls) + Send + 'static) -> (TempDir, JoinHandle<Vec<Vec<u8>>>) {
    let runtime = TempDir::new().unwrap();
    let listener = listen(&runtime, path);
    let manager = spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut lines = BufReader::with_capacity(1, socket.try_clone().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().starts_with("\0AUTH EXTERNAL "));
        socket.write_all(b"OK 0123456789abcdef\r\n").unwrap();
        assert_eq!(lines.next().unwrap().unwrap(), "BEGIN");
        let mut calls = Calls { socket, seen: Vec::new() };
        act(&mut calls);
        calls.seen
    });
    (runtime, manager)
}

fn listen(runtime: &TempDir, path: &str) -> UnixListener {
    let path = runtime.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    UnixListener::bind(path).unwrap()
}

fn ask_in(runtime: &TempDir) -> Result<(), NoBus> {
    ask(runtime.path(), UNIT, Instant::now() + Duration::from_secs(30))
}

fn field_u32(code: u8, value: u32) -> Vec<u8> {
    [&[code, 1, b'u', 0], &value.to_le_bytes()[..]].concat()
}

fn field_text(code: u8, text: &str) -> Vec<u8> {
    [&[code, 1, b's', 0], &framed(text)[..]].concat()
}

fn framed(text: &str) -> Vec<u8> {
    [&u32::try_from(text.len()).unwrap().to_le_bytes()[..], text.as_bytes(), &[0]].concat()
}

fn has(message: &[u8], part: &[u8]) -> bool {
    message.windows(part.len()).any(|window| window == part)
}
