//! Where the secret keys lie, with a real keyring and without one.

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use rustix::process::Signal;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::keyring::Keyring;
use crate::machine::Machine;
use crate::program::Home;

/// The start that a person types.
const UP: [&str; 6] = ["up", "--detach", "--port", "0", "--name", "desk"];

/// Where of 83 bytes of PKCS#8 the secret itself is.
const SEED: std::ops::Range<usize> = 16..48;

/// Runs it with a terminal to read from, and nothing to type.
fn typed(home: &Home, arguments: &[&str]) -> Output {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let path = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let stdin = fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut command = home.command_of(Path::new(env!("CARGO_BIN_EXE_homie")), arguments);
    command.stdin(Stdio::from(stdin)).output().unwrap()
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A machine whose keys are in this keyring because somebody said so, which has no limit of two seconds.
fn in_keyring(keyring: &Keyring) -> Machine {
    let machine = Machine::of(Home::on_bus(&keyring.address));
    machine.done(&[&UP[..], &["--key-store", "keyring"]].concat());
    machine
}

/// A machine whose first start was typed in a terminal, where this keyring is.
fn first_start(keyring: &Keyring) -> Machine {
    let machine = Machine::of(Home::on_bus(&keyring.address));
    let output = typed(machine.home(), &UP);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    machine
}

fn store(machine: &Machine) -> String {
    machine.json(&["keys", "--json"])["store"].as_str().unwrap().to_owned()
}

fn node_id(machine: &Machine) -> String {
    machine.json(&["status", "--json"])["node"]["id"].as_str().unwrap().to_owned()
}

/// What a key is called in the keyring.
fn account(machine: &Machine, name: &str) -> String {
    let record: serde_json::Value = serde_json::from_slice(&record(machine)).unwrap();
    format!("{name} {}", record["public"][name].as_str().unwrap())
}

fn record(machine: &Machine) -> Vec<u8> {
    fs::read(machine.home().path().join("key-store")).unwrap()
}

fn has_file(machine: &Machine, name: &str) -> bool {
    machine.home().path().join(name).exists()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let below = entries.map(|entry| match entry.file_type().unwrap() {
        kind if kind.is_dir() => files(&entry.path()),
        kind if kind.is_file() => vec![fs::read(entry.path()).unwrap()],
        _ => Vec::new(),
    });
    below.flatten().collect()
}

/// Runs what must be refused, with this in its words.
fn refused(machine: &Machine, arguments: &[&str], said: &[&str]) {
    let (code, words) = machine.refused(arguments);
    assert_eq!(code, 4, "{arguments:?}: {words}");
    for said in said {
        assert!(words.contains(said), "{arguments:?}: {words}");
    }
}

#[test]
fn a_first_start_in_a_terminal_leaves_no_secret_on_disk() {
    let Some(keyring) = Keyring::start("a_first_start_in_a_terminal_leaves_no_secret_on_disk") else { return };
    let mut machine = first_start(&keyring);
    assert_eq!(store(&machine), "keyring");
    assert_eq!(keyring.entries(), 2, "the two keys, and nothing of the trial");
    let all = files(&machine.home().path());
    for name in ["machine.key", "device.key"] {
        assert!(!has_file(&machine, name));
        let secret = keyring.secret(&account(&machine, name)).unwrap();
        let seed = &secret[SEED];
        assert!(all.iter().all(|file| !file.windows(seed.len()).any(|part| part == seed)), "{name} is on disk");
    }
    let id = node_id(&machine);
    machine.kill_node();
    machine.start();
    assert_eq!(node_id(&machine), id, "the key is the same");

    // Whoever only looks needs no keyring, and what runs has its keys.
    machine.home_mut().without_bus();
    machine.done(&["ls"]);
    machine.done(&["devices"]);
    assert_eq!(store(&machine), "keyring");
    assert_eq!(node_id(&machine), id);
}

#[test]
fn without_the_keyring_it_does_not_start_and_makes_no_other_key() {
    let Some(keyring) = Keyring::start("without_the_keyring_it_does_not_start_and_makes_no_other_key") else { return };
    let mut machine = in_keyring(&keyring);
    let (id, before) = (node_id(&machine), record(&machine));
    machine.done(&["down"]);
    keyring.lock();
    refused(&machine, &UP, &["machine.key", "keyring", "unlock", "homie keys move file"]);
    let found = machine.run(&["doctor", "--json"]);
    let found: serde_json::Value = serde_json::from_slice(&found.stdout).unwrap();
    let found = found["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == "key-store").cloned();
    assert!(found.unwrap()["fix"].as_str().unwrap().contains("unlock the keyring"));

    drop(keyring);
    for arguments in [&UP[..], &["up", "--service"], &["node"], &["gateway"]] {
        refused(&machine, arguments, &["machine.key", "keyring", "unlock"]);
    }
    machine.home_mut().without_bus();
    refused(&machine, &UP, &["no keyring answers here"]);
    assert_eq!(record(&machine), before);
    assert!(!has_file(&machine, "machine.key") && !has_file(&machine, "device.key"));
    assert!(!id.is_empty());
}

#[test]
fn a_keyring_that_never_answers_is_passed_over_once_and_for_all() {
    let Some(keyring) = Keyring::start("a_keyring_that_never_answers_is_passed_over_once_and_for_all") else { return };
    keyring.stop_answering();
    let machine = first_start(&keyring);
    assert_eq!(store(&machine), "file");
    let id = node_id(&machine);
    keyring.answer_again();
    machine.kill_node();
    let again = typed(machine.home(), &UP);
    assert_eq!(again.status.code(), Some(0), "{}", words(&again));
    assert_eq!((store(&machine).as_str(), node_id(&machine)), ("file", id));
    assert!(has_file(&machine, "machine.key") && has_file(&machine, "device.key"));
    assert_eq!(keyring.entries(), 0);
}

#[test]
fn whoever_has_no_person_takes_files() {
    let Some(keyring) = Keyring::start("whoever_has_no_person_takes_files") else { return };
    let machine = Machine::of(Home::on_bus(&keyring.address));
    let service = machine.home().start(&["up", "--service", "--port", "0"]);
    service.hear("Homie's page");
    assert_eq!(store(&machine), "file");
    assert_eq!(keyring.entries(), 0);
    service.signal(Signal::TERM);
    assert!(service.end().success());
}

#[test]
fn a_person_may_say_which_store_and_is_held_to_it() {
    let Some(keyring) = Keyring::start("a_person_may_say_which_store_and_is_held_to_it") else { return };
    let (file, ring) = (Machine::of(Home::on_bus(&keyring.address)), Machine::of(Home::on_bus(&keyring.address)));
    let with = |store| [&UP[..], &["--key-store", store]].concat();
    assert!(typed(file.home(), &with("file")).status.success());
    ring.done(&with("keyring"));
    assert_eq!((store(&file).as_str(), store(&ring).as_str()), ("file", "keyring"));
    assert_eq!(keyring.entries(), 2);
    for (machine, other) in [(&file, "keyring"), (&ring, "file")] {
        machine.done(&["down"]);
        refused(machine, &with(other), &["was chosen before", &format!("homie keys move {other}")]);
    }
    let nowhere = Machine::new();
    refused(&nowhere, &with("keyring"), &["no keyring answers here", "nothing was chosen"]);
    assert!(!has_file(&nowhere, "key-store") && !has_file(&nowhere, "machine.key"));
}

#[test]
fn another_key_or_none_in_the_place_of_a_key_is_refused() {
    let Some(keyring) = Keyring::start("another_key_or_none_in_the_place_of_a_key_is_refused") else { return };
    let machine = in_keyring(&keyring);
    let recovery = machine.done(&["words"]);
    let recovery = recovery.lines().find(|line| line.split_whitespace().count() == 12).unwrap().trim().to_owned();
    machine.done(&["down"]);
    let (own, device) = (account(&machine, "machine.key"), account(&machine, "device.key"));
    let (key, another) = (keyring.secret(&own).unwrap(), keyring.secret(&device).unwrap());
    for wrong in [&another[..], b"no key at all"] {
        keyring.put(&own, wrong);
        refused(&machine, &UP, &["machine.key", "another key", "key-store"]);
    }
    keyring.clear(&own);
    refused(&machine, &UP, &["machine.key", "has it no more"]);
    keyring.put(&own, &key);

    keyring.clear(&device);
    refused(&machine, &UP, &["device.key", "homie recover"]);
    let recovered = machine.home().run_with_input(&["recover"], &recovery);
    assert!(recovered.status.success(), "{}", words(&recovered));
    assert_ne!(account(&machine, "device.key"), device);
    machine.start();
    assert_eq!(keyring.entries(), 2);
}

#[test]
fn keys_are_moved_when_somebody_says_so() {
    let Some(keyring) = Keyring::start("keys_are_moved_when_somebody_says_so") else { return };
    let mut machine = in_keyring(&keyring);
    let id = node_id(&machine);
    let secret = keyring.secret(&account(&machine, "machine.key")).unwrap();

    machine.done(&["keys", "move", "file"]);
    assert_eq!(store(&machine), "file");
    assert_eq!(fs::read(machine.home().path().join("machine.key")).unwrap(), secret);
    assert_eq!(keyring.entries(), 0);
    assert!(machine.done(&["audit"]).contains("keys"));
    machine.done(&["audit", "verify"]);
    machine.done(&["devices", "rename", "desk (homie)", "still signs"]);
    machine.kill_node();
    machine.start();
    assert_eq!(node_id(&machine), id);

    machine.done(&["keys", "move", "keyring"]);
    assert!(!has_file(&machine, "machine.key") && !has_file(&machine, "device.key"));
    assert_eq!((store(&machine).as_str(), keyring.entries()), ("keyring", 2));
    machine.done(&["keys", "move", "keyring"]);
    machine.kill_node();
    machine.start();
    assert_eq!(node_id(&machine), id);

    machine.home_mut().without_bus();
    refused(&machine, &["keys", "move", "file"], &["keyring"]);
    assert_eq!(store(&machine), "keyring");
}
