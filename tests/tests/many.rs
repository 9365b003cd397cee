//! One gateway follows a mesh of 150 machines, some of which lie: all are in the list, and nobody is disturbed by those.
//!
//! `scripts/soak` sets `HOMIE_LIES_SECONDS` to more than is usual here.

// True anyway; said here, it lets the helpers of the tests panic like the tests.
#![cfg(test)]

use std::time::{Duration, Instant};

use homie_protocol::id::NodeId;
use homie_protocol::method::Method;
use homie_protocol::methods::machine::{MachineInfo, MachineState};
use homie_protocol::methods::start::StartMeet;
use homie_tests::crowd::setting;
use homie_tests::fakes::{Fakes, MISCHIEF, Manner, OWNER, SESSIONS};
use homie_tests::follower::Follower;
use homie_tests::machine::{Machine, Process};

const MACHINES: usize = 150;

/// Kilobytes that a gateway may have for so many machines: 256 MiB, with 200 clients, is what one may have at all.
const MEMORY: u64 = 128 * 1024;

/// A gateway, without a node of its own, that follows these.
async fn gateway(machine: &Machine, fakes: &Fakes) -> anyhow::Result<Process> {
    let authority = fakes.authority();
    let words = ["gateway", "--port", "0", "--name", "desk", "--owner", OWNER, "--allow-root"];
    machine.run_with(&words, &[("SSL_CERT_FILE", authority.as_os_str())], "#link=").await
}

fn is_up(follower: &Follower, machine: NodeId) -> bool {
    follower.machines.get(&machine).is_some_and(|machine| machine.state == MachineState::Up)
}

/// Whether it is there and has told all that an honest one tells.
fn is_whole(follower: &Follower, machine: NodeId) -> bool {
    let has_said = follower.machines.get(&machine).is_some_and(|machine| machine.presence.is_some());
    is_up(follower, machine) && has_said && follower.sessions_of(machine).count() == usize::from(SESSIONS)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_and_fifty_machines_are_in_one_list_with_one_subscription() {
    let machine = Machine::new().unwrap();
    let state = machine.state().unwrap();
    let mut fakes = Fakes::new(&state).unwrap();
    let mut ids = Vec::new();
    for _ in 0..MACHINES {
        ids.push(fakes.add(Manner::Honest).await.unwrap());
    }
    let begun = Instant::now();
    let gateway = gateway(&machine, &fakes).await.unwrap();
    let mut first = Follower::begin(&state).await.unwrap();
    first.until(|follower| ids.iter().all(|id| is_whole(follower, *id))).await.unwrap();
    let (full, memory) = (begun.elapsed(), gateway.memory().unwrap());
    println!("{MACHINES} machines with {SESSIONS} sessions each: all listed after {full:.1?}, {memory} KB");
    assert!(memory < MEMORY, "{memory} KB");

    // Each is told every ten seconds that this gateway lives, whoever looks.
    let asked = || {
        let mut asked = fakes.asked();
        asked.remove(StartMeet::ROW.name);
        asked
    };
    let before = asked();
    let mut second = Follower::begin(&state).await.unwrap();
    second.until(|follower| ids.iter().all(|id| is_whole(follower, *id))).await.unwrap();
    // Pages of at most 100 machines and 200 sessions.
    assert!(second.requests <= 2 + 4 + 1, "{} requests", second.requests);
    assert_eq!(asked(), before, "who looks at the list costs no machine a request");
    gateway.kill().await.unwrap();
}

fn info(follower: &Follower, id: NodeId) -> &MachineInfo {
    &follower.machines[&id]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_lies_disturbs_nobody_else_and_is_bounded() {
    let machine = Machine::new().unwrap();
    let state = machine.state().unwrap();
    let mut fakes = Fakes::new(&state).unwrap();
    let mut honest = Vec::new();
    for _ in 0..20 {
        honest.push(fakes.add(Manner::Honest).await.unwrap());
    }
    let mut liars = Vec::new();
    for manner in Manner::LIES {
        liars.push((manner, fakes.add(manner).await.unwrap()));
    }
    let node = machine.run(&["node"], "node is up").await.unwrap();
    let id = |wanted| liars.iter().find(|(manner, _)| *manner == wanted).unwrap().1;
    let gateway = gateway(&machine, &fakes).await.unwrap();
    let mut follower = Follower::begin(&state).await.unwrap();
    follower.until(|follower| honest.iter().all(|id| is_whole(follower, *id))).await.unwrap();

    // Each lies about itself alone.
    let has = |follower: &Follower, manner, state| info(follower, id(manner)).state == state;
    follower.until(|follower| has(follower, Manner::OfAnotherKey, MachineState::Away)).await.unwrap();
    let why = info(&follower, id(Manner::OfAnotherKey)).why.clone().unwrap();
    assert!(why.contains("another machine"), "{why}");
    for manner in [Manner::Huge, Manner::Mischievous, Manner::Covetous, Manner::Impostor, Manner::Chatty] {
        follower.until(|follower| is_whole(follower, id(manner))).await.unwrap();
    }
    follower.until(|follower| info(follower, id(Manner::Endless)).why.is_some()).await.unwrap();
    follower.until(|follower| info(follower, id(Manner::Boastful)).why.is_some()).await.unwrap();
    assert!(info(&follower, id(Manner::Boastful)).presence.is_none());
    assert_eq!(info(&follower, id(Manner::Impostor)).name, "m25", "the roster names it, not it itself");
    assert!(
        follower
            .sessions_of(id(Manner::Covetous))
            .map(|session| session.id)
            .eq(follower.sessions_of(honest[0]).map(|session| session.id)),
        "two may use one id, each under its own machine"
    );
    for session in follower.sessions_of(id(Manner::Huge)) {
        assert!(session.command.iter().map(String::len).sum::<usize>() <= 1024 && session.face.preview.len() <= 4);
    }

    // A while of it, and those who do not lie are as they were.
    let length = Duration::from_secs(setting("HOMIE_LIES_SECONDS", 5).unwrap());
    let memory = watch_for(&mut follower, length, &gateway).await;
    assert!(honest.iter().all(|id| is_whole(&follower, *id)));
    assert!(memory < MEMORY, "{memory} KB");
    let listed = machine.says(&["ls"]).await.unwrap();
    assert!(listed.contains("<img src=x") && !listed.contains('\u{1b}') && !listed.contains('\u{202e}'), "{listed}");
    assert!(MISCHIEF.contains('\u{1b}'));
    gateway.kill().await.unwrap();
    node.kill().await.unwrap();
}

/// Looks on for so long; gives the most that the gateway had in memory.
async fn watch_for(follower: &mut Follower, length: Duration, gateway: &Process) -> u64 {
    let (end, mut most) = (Instant::now() + length, 0);
    while Instant::now() < end {
        let _quiet = tokio::time::timeout(Duration::from_millis(100), follower.hear()).await;
        most = most.max(gateway.memory().unwrap());
    }
    most
}
