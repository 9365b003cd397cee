//! The database: what it gives back, and how it takes other databases.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use homie_holder::{LastHead, LastScreen};
use homie_protocol::id::{Incarnation, Offset};
use homie_protocol::methods::session::{ExitStatus, Face, SessionInfo, SessionState, Size};
use tempfile::TempDir;

use super::*;

fn home() -> (TempDir, StateDir) {
    let home = tempfile::tempdir().unwrap();
    let state = StateDir::open(&home.path().join("s")).unwrap();
    (home, state)
}

fn id(number: u8) -> SessionId {
    SessionId::from_bytes([number; 16])
}

fn past(number: u8, ended_at: u64) -> Past {
    let info = SessionInfo {
        command: vec!["sh".to_owned(), "-c".to_owned(), "echo \"x\"\n".to_owned()],
        cwd: "/tmp".to_owned(),
        size: Size::new(100, 30).unwrap(),
        state: SessionState::Exited,
        exit: Some(ExitStatus { code: Some(3), signal: None }),
        last_activity_at: 2,
        face: Face {
            title: Some("t".to_owned()),
            folder: None,
            attention: None,
            preview: vec!["a".to_owned(), "b".to_owned()],
        },
        ..SessionInfo::begun(id(number), Incarnation::from_bytes([number; 16]), "Übersicht".to_owned(), 1)
    };
    let (incarnation, offset) = (info.incarnation, Offset::new(77).unwrap());
    let head = LastHead { incarnation, offset, size: Size::default(), at: 5 };
    let screen = LastScreen { head, snapshot: b"\x1bc\xffhi".to_vec() };
    let env = BTreeMap::from([("A".to_owned(), "b=c".to_owned())]);
    Past { info, ended_at, env: Some(env), login: false, screen: Some(screen) }
}

#[test]
fn what_is_kept_is_given_back_also_after_a_new_start() {
    let (_home, dir) = home();
    let mut store = Store::open(dir.clone()).unwrap();
    store.keep(&past(1, 10)).unwrap();
    let lost = Past { screen: None, env: None, login: true, ..past(2, 20) };
    let lost = Past { info: SessionInfo { state: SessionState::Ended, exit: None, ..lost.info.clone() }, ..lost };
    store.keep(&lost).unwrap();
    drop(store);
    let mut store = Store::open(dir).unwrap();
    assert_eq!(store.one(id(1)).unwrap(), Some(past(1, 10)));
    assert_eq!(store.one(id(2)).unwrap(), Some(lost.clone()));
    assert_eq!(store.one(id(3)).unwrap(), None);
    // The newest first, and screens only one by one.
    assert_eq!(store.newest(10, 0).unwrap(), [lost.clone(), Past { screen: None, ..past(1, 10) }]);
}

#[test]
fn what_is_old_or_too_much_is_forgotten() {
    let (_home, dir) = home();
    let mut store = Store::open(dir).unwrap();
    for number in 0..10 {
        store.keep(&past(number, u64::from(number) * 10)).unwrap();
    }
    let ends = |store: &mut Store, most, since| {
        store.newest(most, since).unwrap().iter().map(|past| past.ended_at).collect::<Vec<_>>()
    };
    assert_eq!(ends(&mut store, 4, 0), [90, 80, 70, 60]);
    assert_eq!(ends(&mut store, 4, 80), [90, 80]);
    assert_eq!(ends(&mut store, 4, 0), [90, 80]);
}

#[test]
fn a_session_has_one_row_and_can_be_forgotten() {
    let (_home, dir) = home();
    let mut store = Store::open(dir).unwrap();
    store.keep(&past(1, 10)).unwrap();
    store.keep(&past(1, 30)).unwrap();
    store.keep(&past(2, 20)).unwrap();
    assert_eq!(store.newest(10, 0).unwrap().iter().map(|past| past.ended_at).collect::<Vec<_>>(), [30, 20]);
    store.forget(&[id(1), id(9)]).unwrap();
    assert_eq!(store.newest(10, 0).unwrap().len(), 1);
}

#[test]
fn nobody_else_may_read_it() {
    let (_home, dir) = home();
    let mut store = Store::open(dir.clone()).unwrap();
    store.keep(&past(1, 10)).unwrap();
    for name in ["node.db", "node.db-wal", "node.db-shm"] {
        let mode = fs::metadata(dir.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    drop(store);
    fs::set_permissions(dir.path().join("node.db"), fs::Permissions::from_mode(0o644)).unwrap();
    let mut store = Store::open(dir).unwrap();
    assert!(matches!(store.newest(10, 0), Err(StoreError::File(TrustError::Unsafe { .. }))));
}

#[test]
fn a_newer_one_is_refused_in_words_and_left_alone() {
    let (_home, dir) = home();
    let path = dir.node_db().unwrap();
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99; CREATE TABLE later (x);").unwrap();
    let error = Store::open(dir).unwrap_err();
    assert!(error.to_string().contains("install that one again, or move node.db away"), "{error}");
    let connection = Connection::open(&path).unwrap();
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 99);
    connection.execute_batch("SELECT * FROM later").unwrap();
}

#[test]
fn a_broken_one_is_put_aside() {
    let (_home, dir) = home();
    let path = dir.node_db().unwrap();
    fs::write(&path, vec![b'x'; 10_000]).unwrap();
    let mut store = Store::open(dir.clone()).unwrap();
    store.keep(&past(1, 10)).unwrap();
    assert_eq!(store.newest(10, 0).unwrap().len(), 1);
    assert_eq!(fs::read(dir.path().join("node.db.broken")).unwrap(), vec![b'x'; 10_000]);
}

#[test]
fn a_page_that_broke_is_found_when_it_is_opened() {
    let (_home, dir) = home();
    let mut store = Store::open(dir.clone()).unwrap();
    for number in 0..50 {
        store.keep(&past(number, 10)).unwrap();
    }
    drop(store);
    let path = dir.path().join("node.db");
    let mut bytes = fs::read(&path).unwrap();
    // The second page: the table itself.
    bytes[4096..8192].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let mut store = Store::open(dir.clone()).unwrap();
    assert_eq!(store.newest(10, 0).unwrap(), []);
    assert!(dir.path().join("node.db.broken").exists());
}

/// As on a disk that is full: the database cannot be opened, and is as soon as it can.
#[test]
fn without_a_database_the_store_is_there_and_tries_again() {
    let (_home, dir) = home();
    let path = dir.path().join("node.db");
    fs::create_dir(&path).unwrap();
    let mut store = Store::open(dir).unwrap();
    assert!(store.keep(&past(1, 10)).is_err());
    fs::remove_dir(&path).unwrap();
    store.keep(&past(1, 10)).unwrap();
    assert_eq!(store.newest(10, 0).unwrap().len(), 1);
}
