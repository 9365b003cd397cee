//! A device is let in from a terminal: the code is shown, the digits are typed.

use homie_protocol::code::Code;
use homie_protocol::hello::Role;
use homie_protocol::methods::pairing::Way;
use homie_protocol::pairing::SixDigits;
use serde_json::Value;

use crate::machine::Machine;
use crate::newcomer::{Newcomer, scanned};
use crate::terminal::{PROMPT, Terminal};

/// Room for the picture and the words below it, and an address that is not broken over two lines.
fn large(machine: &Machine) -> Terminal {
    let terminal = Terminal::new(machine);
    terminal.resize(140, 50);
    terminal
}

fn address(screen: &str) -> String {
    let line = screen.lines().find(|line| line.contains("/#pair=")).expect("an address");
    line.trim().to_owned()
}

fn devices(machine: &Machine) -> String {
    machine.done(&["devices"])
}

#[test]
fn a_person_types_the_digits_that_the_device_shows() {
    let machine = Machine::up();
    let terminal = large(&machine);
    terminal.line(0, "homie pair");
    let screen = terminal.sees(0, "Scan this with the new device");
    let (id, secret) = scanned(&address(&screen));
    assert!(screen.contains('▀'), "{screen}");

    let phone = Newcomer::new(&machine);
    let (_, digits) = phone.join(Some(id), &secret);
    terminal.sees(0, "A device wants in: Ada's phone (test).");
    terminal.sees(0, "The six digits it shows:");
    terminal.line(0, "nonsense");
    terminal.sees(0, "Six digits, please.");
    terminal.line(0, &digits.grouped());
    terminal.sees(0, "[operator]:");
    terminal.line(0, "viewer");
    terminal.sees(0, "Ada's phone is in, as viewer.");
    assert_eq!(phone.outcome(id).map(|paired| paired.role), Ok(Role::Viewer));
    assert!(devices(&machine).contains("Ada's phone"));
}

#[test]
fn wrong_digits_are_told_and_the_second_ends_it() {
    let machine = Machine::up();
    let terminal = large(&machine);
    terminal.line(0, "homie pair --code --role operator; echo code-$?");
    let screen = terminal.sees(0, "type it there");
    let code: String = screen.split("Code: ").nth(1).unwrap().chars().take(7).filter(|digit| *digit != ' ').collect();
    let phone = Newcomer::new(&machine);
    let (id, digits) = phone.join(None, code.as_bytes());
    let wrong = SixDigits::last_of(digits.to_string().parse::<u32>().unwrap() + 1).to_string();
    terminal.sees(0, "The six digits it shows:");
    terminal.line(0, &wrong);
    terminal.sees(0, "These are not its digits.");
    terminal.line(0, &wrong);
    terminal.sees(0, "no device was let in");
    terminal.sees(0, "code-4");
    assert_eq!(phone.outcome(id).err(), Some(Code::PairingInvalid));
    assert!(!devices(&machine).contains("Ada's phone"));
}

#[test]
fn who_leaves_takes_the_offer_back() {
    let machine = Machine::up();
    let terminal = large(&machine);
    terminal.line(0, "homie pair; echo code-$?");
    let screen = terminal.sees(0, "Scan this with the new device");
    let (id, secret) = scanned(&address(&screen));
    let phone = Newcomer::new(&machine);
    phone.join(Some(id), &secret);
    terminal.sees(0, "The six digits it shows:");
    terminal.key(0, "C-c");
    terminal.sees(0, "code-130");
    terminal.sees(0, PROMPT);
    assert_eq!(phone.outcome(id).err(), Some(Code::PairingRefused));
}

#[test]
fn a_script_offers_and_approves() {
    let machine = Machine::up();
    assert_eq!(machine.json(&["approve", "--json"])["pairing"], Value::Null);
    assert_eq!(machine.refused(&["approve", "042137"]).0, 3);

    let picture = machine.home().path().join("code.svg");
    let offer = machine.json(&["pair", "--json", "--svg", picture.to_str().unwrap()]);
    assert!(std::fs::read_to_string(picture).unwrap().contains("<svg"));
    let (id, secret) = scanned(offer["link"].as_str().unwrap());
    assert_eq!(offer["id"], id.to_string());
    assert!(offer["deep_link"].as_str().unwrap().starts_with("homie://pair?v=1&id="));
    assert_eq!(machine.refused(&["approve", "042137"]).0, 4, "no device waits");

    let phone = Newcomer::new(&machine);
    let (_, digits) = phone.join(Some(id), &secret);
    let pairing = machine.json(&["approve", "--json"])["pairing"].clone();
    assert_eq!(
        (pairing["stage"].as_str(), pairing["applicant"]["name"].as_str()),
        (Some("waiting"), Some("Ada's phone"))
    );
    let approved = machine.json(&["approve", &id.to_string(), &digits.to_string(), "--json"]);
    assert_eq!((approved["role"].as_str(), approved["name"].as_str()), (Some("operator"), Some("Ada's phone")));
    assert_eq!(phone.outcome(id).map(|paired| paired.role), Ok(Role::Operator));

    let offer = machine.json(&["pair", "--code", "--json"]);
    assert_eq!(offer["code"].as_str().map(str::len), Some(6));
    machine.done(&["approve", "--refuse"]);
    assert_eq!(machine.json(&["approve", "--json"])["pairing"]["stage"], "refused");
}

#[test]
fn a_machine_that_wants_a_shared_secret_lets_in_who_knows_it() {
    let machine = Machine::new();
    assert_eq!(machine.refused(&["pair", "--secret"]).0, 4, "it is off");
    machine.start();
    assert_eq!(machine.refused(&["pair", "--secret"]).0, 4);
    machine.done(&["down"]);
    std::fs::write(machine.home().path().join("config.toml"), "shared-secret = 'viewer'\n").unwrap();
    assert_eq!(machine.refused(&["pair", "--secret"]).0, 5, "none was drawn yet");
    machine.start();
    let told = machine.json(&["pair", "--secret", "--json"]);
    assert_eq!(told["role"], "viewer");
    let words = told["link"].as_str().unwrap().split_once("/#secret=").unwrap().1;
    let secret = homie_protocol::id::from_base32(words).unwrap();
    let phone = Newcomer::new(&machine);
    let (id, _) = phone.join_by(Way::Secret, None, &secret);
    assert_eq!(phone.outcome(id).map(|paired| paired.role), Ok(Role::Viewer));
    assert!(devices(&machine).contains("Ada's phone"));
}
