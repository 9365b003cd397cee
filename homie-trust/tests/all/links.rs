//! One-use links: one winner, one minute, sixteen at most, and the secret nowhere to be read.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Barrier, Mutex};

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{ClientKind, Role};
use homie_protocol::id::LinkSecret;
use homie_trust::{
    Actor, BootClock, BootTime, Device, KeyPair, OneUseLinks, Roster, StateDir, SystemBootClock, SystemRandom,
    TrustError,
};

use crate::machine::{mode, state_dir};

/// A boot clock that stands where the test puts it.
struct Clock(Mutex<BootTime>);

impl Clock {
    fn at(ms: u64) -> Self {
        Self(Mutex::new(BootTime { boot_id: "this".to_owned(), ms }))
    }

    fn set(&self, boot_id: &str, ms: u64) {
        *self.0.lock().expect("the clock") = BootTime { boot_id: boot_id.to_owned(), ms };
    }
}

impl BootClock for Clock {
    fn now(&self) -> Result<BootTime, TrustError> {
        Ok(self.0.lock().expect("the clock").clone())
    }
}

fn files(dir: &StateDir) -> Vec<String> {
    let entries = std::fs::read_dir(dir.path().join("links")).expect("links");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect()
}

#[test]
fn a_link_works_once() {
    let (_folder, dir) = state_dir();
    let (links, clock) = (OneUseLinks::of(&dir), Clock::at(1_000));
    let secret = links.make(&clock, &SystemRandom).expect("a link");
    assert!(links.redeem(&secret, &clock).is_ok());
    let again = links.redeem(&secret, &clock).expect_err("used");
    assert!(again.to_string().contains("homie pair --here"));
    assert_eq!(Refusal::from(again).code, Code::LinkInvalid);
    assert_eq!(files(&dir), [""; 0]);
}

#[test]
fn an_unknown_secret_is_refused_and_harms_none() {
    let (_folder, dir) = state_dir();
    let (links, clock) = (OneUseLinks::of(&dir), Clock::at(1_000));
    let secret = links.make(&clock, &SystemRandom).expect("a link");
    assert!(links.redeem(&LinkSecret::from_bytes([0; 16]), &clock).is_err());
    assert!(links.redeem(&secret, &clock).is_ok());
}

#[test]
fn a_link_lives_a_minute_of_the_boot_clock() {
    let (_folder, dir) = state_dir();
    let links = OneUseLinks::of(&dir);
    let redeemed = |boot_id: &str, ms: u64| {
        let clock = Clock::at(5_000);
        let secret = links.make(&clock, &SystemRandom).expect("a link");
        clock.set(boot_id, ms);
        let redeemed = links.redeem(&secret, &clock).is_ok();
        clock.set("this", 5_000);
        assert!(links.redeem(&secret, &clock).is_err(), "a link that came too late is spent");
        redeemed
    };
    assert!(redeemed("this", 5_000));
    assert!(redeemed("this", 64_999));
    assert!(!redeemed("this", 65_001));
    // The machine slept: the boot clock went on.
    assert!(!redeemed("this", 3_605_000));
    assert!(!redeemed("this", 4_999), "from the future");
    assert!(!redeemed("other", 5_001), "another boot");
}

#[test]
fn the_seventeenth_link_replaces_the_oldest() {
    let (_folder, dir) = state_dir();
    let (links, clock) = (OneUseLinks::of(&dir), Clock::at(0));
    let secrets: Vec<LinkSecret> = (0..17)
        .map(|number| {
            clock.set("this", 1_000 + number);
            links.make(&clock, &SystemRandom).expect("a link")
        })
        .collect();
    assert_eq!(files(&dir).len(), 16);
    assert!(links.redeem(&secrets[0], &clock).is_err());
    assert!(secrets[1..].iter().all(|secret| links.redeem(secret, &clock).is_ok()));
}

#[test]
fn making_a_link_sweeps_what_no_longer_counts() {
    let (_folder, dir) = state_dir();
    let (links, clock) = (OneUseLinks::of(&dir), Clock::at(1_000));
    links.make(&clock, &SystemRandom).expect("a link");
    let half = dir.path().join("links").join(&files(&dir)[0]);
    std::fs::write(&half, b"{").expect("what a crash has left");
    clock.set("other", 9);
    links.make(&clock, &SystemRandom).expect("a link");
    std::fs::write(dir.path().join("links/README"), b"not ours").expect("a file");
    clock.set("this", 1_000);
    let secret = links.make(&clock, &SystemRandom).expect("a link");
    assert_eq!(files(&dir).len(), 2, "one link, and the file that is not ours");
    assert!(links.redeem(&secret, &clock).is_ok());
}

/// Each door has its own: a link that was carried out of the house opens nothing here, where it would make an owner.
#[test]
fn a_link_for_the_internet_lives_ten_minutes_gives_its_role_and_is_none_at_the_desk() {
    let (_folder, dir) = state_dir();
    let (desk, public, clock) = (OneUseLinks::of(&dir), OneUseLinks::public(&dir), Clock::at(1_000));
    assert!(!public.is_open(&clock));
    for (role, late) in [(Role::Viewer, 0), (Role::Operator, 600_000), (Role::Owner, 1)] {
        let secret = public.make_for(role, &clock, &SystemRandom).expect("a link");
        assert!(desk.redeem(&secret, &clock).is_err() && public.is_open(&clock));
        clock.set("this", 1_000 + late);
        assert_eq!(public.redeem(&secret, &clock).expect("its role"), role);
        assert!(public.redeem(&secret, &clock).is_err() && !public.is_open(&clock), "it is spent");
        clock.set("this", 1_000);
    }
    let late = public.make_for(Role::Viewer, &clock, &SystemRandom).expect("a link");
    clock.set("this", 601_001);
    assert!(!public.is_open(&clock) && public.redeem(&late, &clock).is_err());
    let desks = desk.make(&clock, &SystemRandom).expect("a link");
    assert!(public.redeem(&desks, &clock).is_err() && !public.is_open(&clock));
    assert_eq!(desk.redeem(&desks, &clock).expect("its role"), Role::Owner);
    let log = std::fs::read_to_string(dir.path().join("audit.log")).expect("the log");
    assert_eq!(log.matches(", for ten minutes").count(), 4, "{log}");
}

#[test]
fn the_secret_stands_nowhere() {
    let (_folder, dir) = state_dir();
    let (links, clock) = (OneUseLinks::of(&dir), Clock::at(1_000));
    let secret = links.make(&clock, &SystemRandom).expect("a link");
    let clear = secret.to_string();
    let [name] = <[String; 1]>::try_from(files(&dir)).expect("one file");
    let path = dir.path().join("links").join(&name);
    assert!(!name.contains(&clear) && !std::fs::read_to_string(&path).expect("the file").contains(&clear));
    assert_eq!((mode(&path), mode(&dir.path().join("links"))), (0o600, 0o700));
    let params = homie_protocol::methods::pairing::RedeemParams { secret, name: "desk".to_owned() };
    assert!(!format!("{secret:?} {params:?} {links:?}").contains(&clear));
    let error = links.redeem(&LinkSecret::from_bytes([9; 16]), &clock).expect_err("unknown");
    assert!(!format!("{error} {error:?}").contains(&LinkSecret::from_bytes([9; 16]).to_string()));
}

#[test]
fn of_many_threads_one_wins() {
    let (_folder, dir) = state_dir();
    let links = OneUseLinks::of(&dir);
    for round in 0..100 {
        let secret = links.make(&SystemBootClock, &SystemRandom).expect("a link");
        let start = Barrier::new(8);
        let won = std::thread::scope(|scope| {
            let comers: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        links.redeem(&secret, &SystemBootClock).is_ok()
                    })
                })
                .collect();
            comers.into_iter().map(|comer| comer.join().expect("a comer")).filter(|won| *won).count()
        });
        assert_eq!(won, 1, "round {round}");
    }
}

const OTHER_PROCESS: &str = "HOMIE_TEST_LINKS_OF";

/// The test starts itself once more as the other process; that one answers each secret with `won` or `lost`.
#[test]
fn of_two_processes_one_wins() {
    if let Some(home) = std::env::var_os(OTHER_PROCESS) {
        return answer_secrets(&StateDir::open(home.as_ref()).expect("the state directory"));
    }
    let (_folder, dir) = state_dir();
    let links = OneUseLinks::of(&dir);
    let mut other = OtherProcess::start(&dir);
    for round in 0..100 {
        let secret = links.make(&SystemBootClock, &SystemRandom).expect("a link");
        other.ask(&secret);
        let ours = links.redeem(&secret, &SystemBootClock).is_ok();
        let theirs = other.answer();
        assert!(ours != theirs, "round {round}: ours {ours}, theirs {theirs}");
    }
}

fn answer_secrets(dir: &StateDir) {
    let links = OneUseLinks::of(dir);
    for line in std::io::stdin().lines() {
        let secret = line.expect("a line").parse().expect("a secret");
        let won = links.redeem(&secret, &SystemBootClock).is_ok();
        println!("\nanswer {}", if won { "won" } else { "lost" });
    }
}

struct OtherProcess {
    child: Child,
    secrets: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

impl OtherProcess {
    fn start(dir: &StateDir) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "links::of_two_processes_one_wins", "--nocapture"])
            .env(OTHER_PROCESS, dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("another process");
        let secrets = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("its output")).lines();
        Self { child, secrets, answers }
    }

    fn ask(&mut self, secret: &LinkSecret) {
        writeln!(self.secrets.as_mut().expect("its input"), "{secret}").expect("asked");
    }

    fn answer(&mut self) -> bool {
        let mut answers = self.answers.by_ref().map(|line| line.expect("a line"));
        answers.find_map(|line| line.strip_prefix("answer ").map(|answer| answer == "won")).expect("an answer")
    }
}

impl Drop for OtherProcess {
    fn drop(&mut self) {
        drop(self.secrets.take());
        // It may have ended by itself already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const KILLED: &str = "HOMIE_TEST_LINKS_UNTIL_KILLED";

/// P-05: killed anywhere while a link is turned into a device, as the gateway does it: a link that has let a device in is no link
/// any more.
#[test]
fn a_kill_in_the_middle_leaves_one_device_or_none() {
    if let Some(home) = std::env::var_os(KILLED) {
        let_in_until_killed(&StateDir::open(home.as_ref()).expect("the same directory"));
    }
    let (_folder, dir) = state_dir();
    let roster = Roster::open(&dir, "desk").expect("a roster");
    for round in 0..12 {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "links::a_kill_in_the_middle_leaves_one_device_or_none", "--nocapture"])
            .env(KILLED, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a copy of this test");
        let mut said = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let mut links: Vec<String> = said.by_ref().filter(|line| line.starts_with("link ")).take(5 + round).collect();
        child.kill().expect("killed");
        child.wait().expect("gone");
        links.extend(said.filter(|line| line.starts_with("link ") && line.ends_with('.')));
        let members = roster.members().expect("the roster");
        let mut unspent = 0;
        for line in &links {
            let [_, secret, device] = line.trim_end_matches('.').split(' ').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            let is_in = members.devices().iter().any(|known| known.id().to_string() == device);
            let is_good = OneUseLinks::of(&dir).redeem(&secret.parse().expect("a secret"), &SystemBootClock).is_ok();
            assert!(!(is_in && is_good), "a second one could come in by {line}");
            unspent += u8::from(is_good);
        }
        assert!(links.len() > 4 && unspent <= 1, "all but the last were spent: {unspent} were not");
    }
}

fn let_in_until_killed(dir: &StateDir) -> ! {
    let (links, roster) = (OneUseLinks::of(dir), Roster::open(dir, "desk").expect("a roster"));
    loop {
        let key = KeyPair::generate().expect("a key").device_key();
        let phone = Device::new(key, "phone", Role::Viewer, ClientKind::Web, 1).expect("a device");
        let secret = links.make(&SystemBootClock, &SystemRandom).expect("a link");
        println!("\nlink {secret} {}.", phone.id());
        links.redeem(&secret, &SystemBootClock).expect("a good link");
        roster.enrol(&phone, &Actor::local("one-use link")).expect("enrolled");
    }
}
