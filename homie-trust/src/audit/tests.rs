//! The chain on a real disk: whatever is done to the log is found, and where it is told.

use std::fs;

use data_encoding::HEXLOWER;

use super::{Actor, Audit, Verified};
use crate::sha256::sha256;
use crate::state_dir::StateDir;

fn log(lines: u64) -> (tempfile::TempDir, StateDir, Audit) {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = StateDir::open(&folder.path().join("home")).expect("a state directory");
    let audit = Audit::of(&dir);
    for number in 1..=lines {
        write(&dir, &audit, &format!("phone {number}"));
    }
    (folder, dir, audit)
}

fn write(dir: &StateDir, audit: &Audit, name: &str) {
    let writing = dir.writing().expect("the right to write");
    audit.write(&writing, Actor::local("test").does("enrol", &"an id", name)).expect("written");
}

fn text(audit: &Audit) -> String {
    fs::read_to_string(audit.path()).expect("the log")
}

fn bad(audit: &Audit) -> Option<u64> {
    match audit.verify().expect("a look") {
        Verified::Good { .. } => None,
        Verified::Bad { seq, .. } => Some(seq),
    }
}

#[test]
fn what_was_written_is_read_back_and_proved() {
    let (_folder, dir, audit) = log(5);
    assert_eq!(audit.verify().expect("a look"), Verified::Good { first: 1, last: 5 });
    let entries = audit.entries().expect("the log");
    let told: Vec<_> = entries.iter().map(|entry| (entry.seq, entry.by.as_str(), entry.detail.as_str())).collect();
    assert_eq!(told[4], (5, "local", "phone 5"));
    write(&dir, &Audit::of(&dir), "by another process");
    assert_eq!(audit.verify().expect("a look"), Verified::Good { first: 1, last: 6 });
}

#[test]
fn the_first_bad_line_is_named_whatever_was_done_to_it() {
    let (_folder, _dir, audit) = log(6);
    let good = text(&audit);
    let lines: Vec<&str> = good.lines().collect();
    let renamed = lines[2].replace("phone 3", "phone 4");
    let json = renamed.split_once(' ').expect("a hash and JSON").1;
    let rehashed = format!("{} {json}", HEXLOWER.encode(&sha256(json.as_bytes())));
    let of = |order: &[usize]| order.iter().map(|place| lines[*place].to_owned() + "\n").collect::<String>();
    let cases = [
        ("changed", good.replace(lines[2], &renamed), 3),
        ("changed, with a hash of its own", good.replace(lines[2], &rehashed), 4),
        ("deleted", of(&[0, 1, 3, 4, 5]), 3),
        ("the first deleted", of(&[1, 2, 3, 4, 5]), 1),
        ("put in", of(&[0, 1, 1, 2, 3, 4, 5]), 3),
        ("moved", of(&[0, 1, 4, 3, 2, 5]), 3),
        ("cut short", of(&[0, 1, 2, 3]), 5),
        ("empty", String::new(), 1),
    ];
    for (done, now, seq) in cases {
        fs::write(audit.path(), now).expect("damage");
        assert_eq!(bad(&audit), Some(seq), "{done}");
    }
}

#[test]
fn each_turned_bit_is_found_in_its_line() {
    let (_folder, _dir, audit) = log(4);
    let good = fs::read(audit.path()).expect("the log");
    let mut seq = 1;
    for place in 0..good.len() {
        let mut turned = good.clone();
        turned[place] ^= 1;
        fs::write(audit.path(), &turned).expect("damage");
        let found = bad(&audit).expect("found");
        assert!(found == seq, "byte {place}: {found}, not {seq}");
        seq += u64::from(good[place] == b'\n');
    }
}

#[test]
fn a_line_that_was_never_finished_is_cut_off_and_the_chain_goes_on() {
    let (_folder, dir, audit) = log(3);
    let good = text(&audit);
    for kept in [1, 40, 90] {
        let torn = format!("{good}{}", &good[..kept]);
        fs::write(audit.path(), torn).expect("torn");
        assert_eq!(audit.verify().expect("a look"), Verified::Good { first: 1, last: 3 }, "it was never done");
    }
    write(&dir, &audit, "after the crash");
    assert_eq!(audit.verify().expect("a look"), Verified::Good { first: 1, last: 4 });
}

#[test]
fn a_log_that_is_full_is_put_aside_and_the_chain_goes_on() {
    let (_folder, dir, audit) = log(2);
    let audit = Audit { longest: 1_000, ..audit };
    for number in 3..=20 {
        write(&dir, &audit, &format!("phone {number}"));
        assert!(matches!(audit.verify().expect("a look"), Verified::Good { last, .. } if last == number));
    }
    let Verified::Good { first, last: 20 } = audit.verify().expect("a look") else { panic!("not good") };
    assert!(first > 1 && text(&audit).len() < 2_000);
    fs::remove_file(audit.aside()).expect("somebody removes the older one");
    assert_eq!(bad(&audit), Some(first));
}

#[test]
fn a_log_whose_end_is_missing_takes_no_line_more() {
    let (_folder, dir, audit) = log(3);
    let good = text(&audit);
    let short: String = good.split_inclusive('\n').take(2).collect();
    fs::write(audit.path(), short).expect("cut short");
    let writing = dir.writing().expect("the right to write");
    let said = audit.write(&writing, Actor::local("test").does("enrol", &"x", "")).expect_err("not silently");
    assert!(said.to_string().contains("lines are missing"), "{said}");
}
