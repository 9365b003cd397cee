//! The first `homie up` in a person's terminal asks whose machine this is; later ones, and those without a terminal, do not.

use std::fs;

use homie_tailnet::fake::{Certificates, FakePeer, FakeTailscaled};
use homie_trust::{OwnerFile, StateDir};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::machine::Machine;
use crate::terminal::{PROMPT, Terminal};

/// The words of the first question.
const WHOSE: &str = "Whose machine is this?";

/// A machine in a tailnet on which Homie never ran, and its terminal.
struct First {
    terminal: Terminal,
    machine: Machine,
    _fake: FakeTailscaled,
    _runtime: Runtime,
    _folder: TempDir,
}

fn first(own: FakePeer) -> First {
    let (folder, runtime, machine) = (TempDir::new().unwrap(), Runtime::new().unwrap(), Machine::new());
    let socket = folder.path().join("ts.sock");
    let fake = runtime.block_on(async { FakeTailscaled::start(&socket, own) }).unwrap();
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["gw.tail.test".to_owned()]).unwrap();
    fake.set_certificates(Certificates::Pair { key: signing_key.serialize_pem(), chain: cert.pem() });
    StateDir::open(&machine.home().path()).unwrap();
    let settings = format!("tailscale-socket = '{}'\ntailnet-port = 47650\nport = 0\n", socket.display());
    fs::write(machine.home().path().join("config.toml"), settings).unwrap();
    let terminal = Terminal::new(&machine);
    terminal.resize(180, 80);
    First { terminal, machine, _fake: fake, _runtime: runtime, _folder: folder }
}

impl First {
    fn said(&self) -> OwnerFile {
        OwnerFile::read(&StateDir::open(&self.machine.home().path()).unwrap()).unwrap()
    }

    /// Ends what runs in the terminal and starts it anew: nobody is asked.
    fn again(&self, until: &str) {
        self.terminal.key(0, "C-c");
        self.terminal.sees(0, "Homie has stopped.");
        self.terminal.line(0, "clear");
        self.terminal.shows(0, PROMPT);
        self.terminal.line(0, "homie up --allow-root");
        let screen = self.terminal.sees(0, until);
        assert!(!screen.contains(WHOSE), "{screen}");
        self.terminal.key(0, "C-c");
        self.terminal.sees(0, PROMPT);
    }
}

#[test]
fn enter_accepts_the_login_that_tailscaled_has_and_a_picture_follows() {
    let first = first(FakePeer::user("alice@example.com", "gw", 1));
    first.terminal.line(0, "homie up --allow-root");
    first.terminal.sees(0, WHOSE);
    first.terminal.sees(0, "for local use only [alice@example.com]:");
    assert_eq!(first.said(), OwnerFile::default(), "nothing is inferred");
    first.terminal.key(0, "Enter");
    let screen = first.terminal.sees(0, "[y/N]:");
    assert!(screen.contains("types here without a device key."), "{screen}");
    first.terminal.key(0, "Enter");
    let screen = first.terminal.sees(0, "takes the digits that it shows");
    assert!(screen.contains('▀') && screen.contains("On the tailnet: https://gw.tail.test"), "{screen}");
    let owner = Some("alice@example.com".to_owned());
    assert_eq!(first.said(), OwnerFile { owner, trust_tailnet: false, was_asked: true });
    first.again("On the tailnet: https://gw.tail.test");
}

#[test]
fn a_tagged_machine_has_no_proposal_and_nobody_is_an_answer() {
    let first = first(FakePeer::tagged("tag:ci", "gw", 1));
    first.terminal.line(0, "homie up --allow-root");
    first.terminal.sees(0, "or - for local use only:");
    first.terminal.key(0, "Enter");
    first.terminal.line(0, "-");
    first.terminal.sees(0, "Nobody is this machine's owner yet");
    assert_eq!(first.said(), OwnerFile { was_asked: true, ..OwnerFile::default() });
    first.again("Nobody is this machine's owner yet");
}

#[test]
fn another_login_and_a_clear_yes_count() {
    let first = first(FakePeer::user("alice@example.com", "gw", 1));
    first.terminal.line(0, "homie up --detach --allow-root; echo code-$?");
    first.terminal.sees(0, "[alice@example.com]:");
    first.terminal.line(0, "bob@example.com");
    first.terminal.sees(0, "[y/N]:");
    first.terminal.line(0, "y");
    let screen = first.terminal.sees(0, "code-0");
    assert!(screen.contains("trust-tailnet is on"), "{screen}");
    let owner = Some("bob@example.com".to_owned());
    assert_eq!(first.said(), OwnerFile { owner, trust_tailnet: true, was_asked: true });
}

#[test]
fn who_has_answered_beforehand_is_not_asked() {
    let first = first(FakePeer::user("alice@example.com", "gw", 1));
    first.terminal.line(0, "homie up --allow-root --owner alice@example.com --trust-tailnet=false");
    let screen = first.terminal.sees(0, "takes the digits that it shows");
    assert!(!screen.contains(WHOSE), "{screen}");
    first.terminal.key(0, "C-c");
    first.terminal.sees(0, "Homie has stopped.");
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let first = first(FakePeer::user("alice@example.com", "gw", 1));
    let up = first.machine.home().start(&["up", "--allow-root"]);
    up.hear("Nobody is this machine's owner yet");
    up.hear("One-use link: ");
    assert_eq!(first.said(), OwnerFile::default());
}
