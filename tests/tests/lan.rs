//! Machines find each other on a local network by mDNS: those that announce themselves there, until they go; and whoever is on the
//! cable says what it likes, and nothing comes of it. `scripts/soak` sets `HOMIE_FLOOD_SECONDS`, for which it goes on.

// True anyway; said here, it lets the helpers of the tests panic like the tests.
#![cfg(test)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use homie_protocol::id::NodeId;
use homie_tailnet::fake::FakePeer;
use homie_tests::crowd::setting;
use homie_tests::fakes::OWNER;
use homie_tests::lan::{Desk, Ear, Lan, inside, start, start_apart, until_found, until_it_is};
use homie_tests::machine::{LIMIT, Machine, Process};
use homie_tests::mesh::join;
use homie_tests::spoofed::{SPOOFED, Spoofed, Trap, flood_until};
use homie_trust::KeyPair;

/// On the first bridge alone.
const ETH0: &str = "lan-interfaces = ['eth0']\n";

/// The same, at a port that nobody who looks at the tailnet alone tries.
const ELSEWHERE: &str = "lan-interfaces = ['eth0']\ntailnet-port = 5000\n";

fn node(number: u8) -> String {
    NodeId::from_bytes([number; 16]).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_announced_is_heard_until_it_says_goodbye() {
    let test = async |lan: &Lan| {
        let (here, there) = (lan.desk(1)?, lan.desk(2)?);
        let (mut near, mut far) = (here.ear(&["eth0"])?, there.ear(&["eth0"])?);
        far.announce("desk", &node(2), 4663).await?;
        let heard = near.until("there", "100.64.0.2").await?["there"].clone();
        let label = format!("desk-{}", &node(2)[..6]);
        assert_eq!(heard["name"], format!("{label}._homie-mesh._tcp.local."));
        assert_eq!(
            (&heard["port"], &heard["text"]["k"], &heard["text"]["r"]),
            (&4663.into(), &node(2).into(), &"tailnet".into())
        );
        let keys: Vec<_> = heard["text"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["k", "r", "txtvers", "v"], "and nothing about a person");

        // Under another name, in place of the first. A goodbye counts a second after it was said: the other one may be there by then.
        far.announce("tower", &node(2), 4664).await?;
        near.until_all(&[("gone", &label), ("there", "tower-")]).await?;
        far.leave().await?;
        near.until("gone", "tower-").await?;
        near.leave().await
    };
    inside("who_is_announced_is_heard_until_it_says_goodbye", test).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_door_of_a_machine_is_announced_by_itself() {
    let test = async |lan: &Lan| {
        let (here, there) = (lan.desk(1)?, lan.desk(2)?);
        let (mut near, mut far) = (here.ear(&["eth0"])?, there.ear(&["eth0"])?);
        far.announce_doors("desk", &node(2), &[("tailnet", 4663), ("key", 4664)]).await?;
        let mut heard = [near.until("there", "100.64.0.2").await?, near.until("there", "100.64.0.2").await?];
        while heard[0]["there"]["text"]["r"] == heard[1]["there"]["text"]["r"] {
            heard[1] = near.until("there", "100.64.0.2").await?;
        }
        heard.sort_by_key(|heard| heard["there"]["port"].as_u64());
        let label = format!("desk-{}", &node(2)[..6]);
        for (heard, (door, port, ending)) in heard.iter().zip([("tailnet", 4663, ""), ("key", 4664, "-key")]) {
            let there = &heard["there"];
            assert_eq!((&there["text"]["r"], &there["port"]), (&door.into(), &port.into()), "{heard}");
            assert_eq!(there["name"], format!("{label}{ending}._homie-mesh._tcp.local."));
            let keys: Vec<_> = there["text"].as_object().unwrap().keys().cloned().collect();
            assert_eq!(keys, ["k", "r", "txtvers", "v"], "and nothing about a person");
        }
        // One of them goes, and the other is heard of by whoever comes then, with its address.
        far.announce_doors("desk", &node(2), &[("key", 4664)]).await?;
        near.until("gone", &format!("{label}.")).await?;
        let beside = lan.desk(3)?;
        let mut third = beside.ear(&["eth0"])?;
        let left = third.until("there", "100.64.0.2").await?;
        assert_eq!(left["there"]["text"]["r"], "key", "{left}");
        Ok(())
    };
    inside("each_door_of_a_machine_is_announced_by_itself", test).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_crashed_is_missed_once_it_is_asked_for() {
    let test = async |lan: &Lan| {
        let (here, there) = (lan.desk(1)?, lan.desk(2)?);
        let (mut near, mut far) = (here.ear(&["eth0"])?, there.ear(&["eth0"])?);
        far.announce("desk", &node(2), 4663).await?;
        let record = near.until("there", "desk-").await?["there"]["name"].as_str().unwrap().to_owned();
        far.kill().await?;
        // It is to be good for two minutes; nobody waits for that.
        near.verify(&record).await?;
        near.until("gone", &record).await?;
        near.leave().await
    };
    inside("who_has_crashed_is_missed_once_it_is_asked_for", test).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_one_name_are_heard_as_two() {
    let test = async |lan: &Lan| {
        let desks = [lan.desk(1)?, lan.desk(2)?, lan.desk(3)?];
        let mut ears = desks.iter().map(|desk| desk.ear(&["eth0"])).collect::<anyhow::Result<Vec<Ear>>>()?;
        let mut near = ears.remove(0);
        for (ear, number) in ears.iter_mut().zip([2, 3]) {
            ear.announce("desk", &node(number), 4663).await?;
        }
        let mut names = Vec::new();
        while names.len() < 2 {
            let heard = near.until("there", "desk-").await?["there"].clone();
            let found = (heard["name"].as_str().unwrap().to_owned(), heard["text"]["k"].as_str().unwrap().to_owned());
            if !names.contains(&found) {
                names.push(found);
            }
        }
        names.sort_by_key(|(_, key)| *key != node(2));
        for ((name, key), number) in names.iter().zip([2, 3]) {
            assert_eq!((name.starts_with(&format!("desk-{}.", &node(number)[..6])), key), (true, &node(number)));
        }
        Ok(())
    };
    inside("two_of_one_name_are_heard_as_two", test).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_an_interface_that_is_not_listed_nothing_is_heard_and_nothing_said() {
    let test = async |lan: &Lan| {
        let (here, there, third) = (lan.desk(1)?, lan.desk(2)?, lan.desk(3)?);
        for desk in [&here, &there, &third] {
            desk.plug(1)?;
        }
        // `near` has both, and is told of the second alone; `all` hears the first.
        let (mut near, mut all) = (here.ear(&["eth1"])?, third.ear(&["eth0"])?);
        let (mut first, mut second) = (there.ear(&["eth0"])?, there.ear(&["eth1"])?);
        near.announce("near", &node(1), 4663).await?;
        first.announce("first", &node(2), 4663).await?;
        let heard_first = all.until("there", "first-").await?;
        second.announce("second", &node(4), 4663).await?;
        let mut heard_second = near.next().await?;
        while !heard_second.to_string().contains("second-") {
            assert!(heard_second.to_string().contains("near-"), "it hears itself alone: {heard_second}");
            heard_second = near.next().await?;
        }
        assert!(!heard_second.to_string().contains("100.64.") && heard_first.to_string().contains("100.64.0.2"));
        assert!(second.until("there", "near-").await?.to_string().contains("100.65.0.1"));
        // What comes after it on the first has overtaken nothing: `near` was not said there.
        first.announce("last", &node(5), 4663).await?;
        let mut heard = all.next().await?;
        while !heard.to_string().contains("last-") {
            assert!(!heard.to_string().contains("near-") && !heard.to_string().contains("second-"), "{heard}");
            heard = all.next().await?;
        }
        Ok(())
    };
    inside("on_an_interface_that_is_not_listed_nothing_is_heard_and_nothing_said", test).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_of_the_tailnet_is_found_at_whatever_port_it_has_until_it_goes() {
    let test = async |lan: &Lan| {
        let (here, there) = (lan.desk(1)?, lan.desk(2)?);
        let ((near, near_tailscaled), (far, far_tailscaled)) =
            (lan.machine(&here, "near", ETH0)?, lan.machine(&there, "far", ELSEWHERE)?);
        near_tailscaled.set_peer(FakePeer::user(OWNER, "far", 2));
        far_tailscaled.set_peer(FakePeer::user(OWNER, "near", 1));
        let (_near, running) = (start(&near, "near").await?, start(&far, "far").await?);
        let at = [("far", "far.tail.test:5000")];
        until_found(&near, &at).await?;
        until_found(&far, &[("near", "near.tail.test:4663")]).await?;
        // However it ends, its ear says goodbye.
        running.kill().await?;
        until_found(&near, &[]).await?;
        let _running = start(&far, "far").await?;
        until_found(&near, &at).await
    };
    inside("a_machine_of_the_tailnet_is_found_at_whatever_port_it_has_until_it_goes", test).await.unwrap();
}

/// Kilobytes that a gateway may have more in memory than before, whatever it has heard.
const MORE_MEMORY: u64 = 32 * 1024;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_on_the_cable_says_what_it_likes_and_the_true_machine_is_found() {
    let test = async |lan: &Lan| {
        let (here, there, third) = (lan.desk(1)?, lan.desk(2)?, lan.desk(3)?);
        let ((near, near_tailscaled), (far, far_tailscaled)) =
            (lan.machine(&here, "near", ETH0)?, lan.machine(&there, "far", ELSEWHERE)?);
        near_tailscaled.set_peer(FakePeer::user(OWNER, "far", 2));
        far_tailscaled.set_peer(FakePeer::user(OWNER, "near", 1));
        let running_near = start(&near, "near").await?;
        let running = start(&far, "far").await?;
        let at = [("far", "far.tail.test:5000")];
        until_found(&near, &at).await?;
        // What its tailnet knows it by, as everybody on the cable hears it.
        let mut hears = third.ear(&["eth0"])?;
        let tag = hears.until("there", "far-").await?["there"]["text"]["t"].as_str().unwrap().to_owned();
        let (memory, speaker, trap) = (running_near.memory()?, lan.speaker()?, Trap::set()?);

        // In its name, with its tag and another key: heard at once, and it is where it is.
        let label = format!("far-{}", &node(7)[..6]);
        speaker.send(&Spoofed::of_tailnet(SPOOFED, &tag, 5000).record(&label)?)?;
        hears.until("there", &label).await?;
        let (began, before) = (Instant::now(), running_near.busy()?);
        let (is_deaf, length) =
            (Arc::new(AtomicBool::new(false)), Duration::from_secs(setting("HOMIE_FLOOD_SECONDS", 0)?));
        let flood = std::thread::spawn({
            let (tag, is_deaf) = (tag.clone(), Arc::clone(&is_deaf));
            // What the kernel has no room for nobody hears: one round may be too little.
            let is_enough = move || {
                let passed = began.elapsed();
                passed >= length && (is_deaf.load(Ordering::SeqCst) || passed > length + LIMIT)
            };
            move || flood_until(is_enough, &speaker, &tag, trap.port)
        });
        // It is heard by whoever listens, and is too much for each.
        hears.until("deaf", "").await?;
        is_deaf.store(true, Ordering::SeqCst);
        let packets = flood.join().unwrap()?;
        let (took, after) = (began.elapsed(), running_near.busy()?);
        let [gateway, ears] = [0, 1].map(|part| after[part].saturating_sub(before[part]).as_secs_f64());
        let took = took.as_secs_f64();
        println!(
            "{packets} packets in {took:.1} s: a CPU was busy for {gateway:.2} s with the gateway, {ears:.2} s with ears"
        );
        until_found(&near, &at).await?;

        running.kill().await?;
        until_found(&near, &[]).await?;
        let _running = start(&far, "far").await?;
        until_found(&near, &at).await?;
        assert_eq!(trap.caught(), 0, "nobody is called where somebody on the cable says");
        let now = running_near.memory()?;
        assert!(now < memory + MORE_MEMORY, "{memory} kB before, {now} kB now");
        Ok(())
    };
    inside("whoever_is_on_the_cable_says_what_it_likes_and_the_true_machine_is_found", test).await.unwrap();
}

/// A machine whose key door is at whatever address it has.
const KEY_DOOR: &str = "lan-interfaces = ['eth0']\nkey-door = ['0.0.0.0:4664']\n";

/// Two machines of one mesh and no tailnet, up: one that listens on the cable, and one with a key door.
async fn two_apart(lan: &Lan, (here, there): (&Desk, &Desk)) -> anyhow::Result<[(Machine, Process); 2]> {
    let (near, far) = (lan.apart(here, ETH0)?, lan.apart(there, KEY_DOOR)?);
    let far_up = start_apart(&far, "far", "Key door: 0.0.0.0:4664").await?;
    join((&far, "far"), (&near, "near"))?;
    let near_up = start_apart(&near, "near", "Homie").await?;
    until_it_is(&near, "far", "up").await?;
    Ok([(near, near_up), (far, far_up)])
}

/// Waits until a command runs there that is typed here. It opens a circuit of its own, at the end by the gateway here.
async fn until_it_runs(here: &Machine, there: &str) -> anyhow::Result<()> {
    let runs = async { while here.says(&["run", "--on", there, "--", "true"]).await.is_err() {} };
    Ok(tokio::time::timeout(LIMIT, runs).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_door_that_has_moved_is_found_where_it_is_now() {
    let test = async |lan: &Lan| {
        let (here, there) = (lan.desk(1)?, lan.desk(2)?);
        let [(near, _near), (_far, _far_up)] = two_apart(lan, (&here, &there)).await?;
        // No other machine knows where it is now, and nobody is left to tell it.
        there.move_to(12)?;
        until_it_runs(&near, "far").await?;
        until_it_is(&near, "far", "up").await
    };
    inside("a_key_door_that_has_moved_is_found_where_it_is_now", test).await.unwrap();
}

/// Ports at which somebody on the cable says that the machine is: more than are kept.
const LIES: u16 = 40;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_that_it_has_anothers_key_door_gets_nothing_and_the_true_one_is_found() {
    let test = async |lan: &Lan| {
        let (here, there) = (lan.desk(1)?, lan.desk(2)?);
        let [(near, _near), (far, _far_up)] = two_apart(lan, (&here, &there)).await?;
        let (speaker, trap) = (lan.speaker()?, Trap::set()?);
        let node = KeyPair::machine(&far.state()?)?.node_id().to_string();
        speaker.send(&Spoofed::with_key_door(&node, trap.port).record("far-liar")?)?;
        let words = trap.hear()?;
        assert!(words.starts_with(&[0x16, 3]), "TLS that asks for a key, and nothing before it has one: {words:?}");
        for port in 1..=LIES {
            speaker.send(&Spoofed::with_key_door(&node, port).record(&format!("far-{port}"))?)?;
        }
        there.move_to(12)?;
        until_it_runs(&near, "far").await?;
        until_it_is(&near, "far", "up").await
    };
    inside("whoever_says_that_it_has_anothers_key_door_gets_nothing_and_the_true_one_is_found", test).await.unwrap();
}

/// What lies in the state directory of a machine that is down goes into that of another one, but for what each has of its own.
fn copy(from: &Machine, to: &Machine) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(from.home())? {
        let entry = entry?;
        let is_own = ["config.toml", "gateway.json"].iter().any(|name| entry.file_name() == *name);
        if entry.file_type()?.is_file() && !is_own {
            std::fs::copy(entry.path(), to.home().join(entry.file_name()))?;
        }
    }
    Ok(())
}

async fn until_closed(machine: &Machine) -> anyhow::Result<()> {
    let closes = async {
        while !machine.says(&["status"]).await?.contains("homie rekey") {}
        anyhow::Ok(())
    };
    tokio::time::timeout(LIMIT, closes).await?
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_machine_with_nothing_but_a_key_door_is_found_by_both() {
    let test = async |lan: &Lan| {
        let (here, there) = (lan.desk(1)?, lan.desk(2)?);
        let (near, far) = (lan.apart(&here, KEY_DOOR)?, lan.apart(&there, KEY_DOOR)?);
        start_apart(&near, "near", "Key door: 0.0.0.0:4664").await?.kill().await?;
        copy(&near, &far)?;
        let _near = start_apart(&near, "near", "Key door: 0.0.0.0:4664").await?;
        let _far = start_apart(&far, "near", "Key door: 0.0.0.0:4664").await?;
        until_closed(&near).await?;
        until_closed(&far).await
    };
    inside("a_copy_of_a_machine_with_nothing_but_a_key_door_is_found_by_both", test).await.unwrap();
}
