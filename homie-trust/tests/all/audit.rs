//! The audit log as the roster writes it: a line before every change, and no change without its line.

use std::io::Read;
use std::process::{Command, Stdio};

use homie_protocol::hello::{ClientKind, Role};
use homie_trust::{Actor, Audit, Device, KeyPair, Roster, StateDir, Verified, Words};

use crate::machine::state_dir;

/// Says to a copy of this test in which directory it is to change things until it is killed.
const CHILD: &str = "HOMIE_TEST_CHANGES_IN";

fn device(name: &str, role: Role) -> Device {
    let key = KeyPair::generate().expect("a key").device_key();
    Device::new(key, name, role, ClientKind::Web, 1).expect("a device")
}

fn told(dir: &StateDir) -> Vec<(String, String, String)> {
    let entries = Audit::of(dir).entries().expect("the log");
    entries.into_iter().map(|entry| (entry.act, entry.object, entry.by)).collect()
}

fn last(dir: &StateDir) -> u64 {
    let found = Audit::of(dir).verify().expect("a look");
    let last = if let Verified::Good { last, .. } = found { Some(last) } else { None };
    assert!(last.is_some(), "{found:?}");
    last.unwrap_or_default()
}

#[test]
fn every_change_has_its_line_with_who_and_whom() {
    let (_folder, dir) = state_dir();
    let roster = Roster::open(&dir, "desk").expect("a roster");
    let phone = device("phone", Role::Viewer);
    let by = Actor::device(device("owner", Role::Owner).id(), "one-use link");
    roster.enrol(&phone, &by).expect("enrolled");
    let local = Actor::local("test");
    roster.rename(phone.id(), "ada's phone", &local).expect("renamed");
    roster.set_role(phone.id(), Role::Operator, &local).expect("an operator");
    roster.revoke(phone.id(), &local).expect("revoked");
    roster.tell_machine(KeyPair::machine(&dir).expect("a key").machine_key(), "other", None).expect("told");
    let words = Words::waiting(&dir).expect("the words").expect("not shown yet");
    Roster::recover(&dir, &words, "desk").expect("recovered");

    let told = told(&dir);
    let acts: Vec<_> = told.iter().map(|(act, ..)| act.as_str()).collect();
    assert_eq!(acts, ["found", "enrol", "rename", "role", "revoke", "machine", "recover"]);
    assert!(told[1..5].iter().all(|(_, object, _)| *object == phone.id().to_string()));
    assert_eq!((told[1].2.len(), told[2].2.as_str()), (26, "local"));
    assert_eq!(last(&dir), 7);
    let before = told.len();
    roster.tell_machine(KeyPair::machine(&dir).expect("a key").machine_key(), "other", None).expect("known");
    assert!(roster.revoke(phone.id(), &local).is_err());
    assert_eq!(self::told(&dir).len(), before, "what is not done is not written down");
}

#[test]
fn what_cannot_be_written_down_is_not_done_and_is_once_it_can() {
    let (_folder, dir) = state_dir();
    let roster = Roster::open(&dir, "desk").expect("a roster");
    let head = roster.members().expect("the roster").head();
    // In the way of what is written, as a full disk would be; root may write anything, so modes would prove nothing.
    for obstacle in ["audit.new", "roster.new"] {
        let path = dir.path().join(obstacle);
        std::fs::create_dir(&path).expect("an obstacle");
        assert!(roster.enrol(&device("phone", Role::Owner), &Actor::local("test")).is_err(), "{obstacle}");
        assert_eq!(roster.members().expect("the roster").head(), head, "{obstacle}");
        std::fs::remove_dir(&path).expect("out of the way");
        last(&dir);
    }
    let log = dir.path().join("audit.log");
    let aside = dir.path().join("elsewhere");
    std::fs::rename(&log, &aside).expect("put away");
    std::fs::create_dir(&log).expect("an obstacle");
    assert!(roster.enrol(&device("phone", Role::Owner), &Actor::local("test")).is_err());
    assert_eq!(roster.members().expect("read, and those in it still come in").head(), head);
    std::fs::remove_dir(&log).expect("out of the way");
    std::fs::rename(&aside, &log).expect("put back");
    roster.enrol(&device("phone", Role::Owner), &Actor::local("test")).expect("enrolled");
    last(&dir);
}

/// Killed anywhere between line and change: whatever the roster says has its line, and the chain goes on.
#[test]
fn a_kill_at_any_moment_leaves_no_change_without_its_line() {
    if let Some(home) = std::env::var_os(CHILD) {
        change_until_killed(&StateDir::open(home.as_ref()).expect("the same directory"));
    }
    let (_folder, dir) = state_dir();
    let roster = Roster::open(&dir, "desk").expect("a roster");
    for round in 0..12_u32 {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "audit::a_kill_at_any_moment_leaves_no_change_without_its_line", "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a copy of this test");
        // Until it is in the middle of its changes; a few more or less of its words give another moment each time.
        let mut heard = vec![0; 300 + usize::try_from(round).expect("few") * 7];
        child.stdout.as_mut().expect("piped").read_exact(&mut heard).expect("it says what it does");
        child.kill().expect("killed");
        child.wait().expect("gone");
        last(&dir);
        let enrolled = roster.members().expect("the roster").devices().len() - 1;
        let lines = told(&dir).iter().filter(|(act, ..)| act == "enrol").count();
        assert!(
            (enrolled..=enrolled + usize::try_from(round).expect("few") + 1).contains(&lines),
            "{enrolled} {lines}"
        );
        for device in roster.members().expect("the roster").devices().iter().skip(1) {
            assert!(told(&dir).iter().any(|(act, object, _)| act == "enrol" && *object == device.id().to_string()));
        }
    }
}

fn change_until_killed(dir: &StateDir) -> ! {
    let roster = Roster::open(dir, "desk").expect("a roster");
    loop {
        let phone = device("phone", Role::Viewer);
        println!("{} is next", phone.id());
        roster.enrol(&phone, &Actor::local("child")).expect("enrolled");
    }
}
