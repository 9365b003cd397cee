//! What is told of machines and sessions, and what is not.

use homie_protocol::hello::MachineKey;
use homie_protocol::id::Incarnation;
use homie_protocol::methods::presence::Platform;
use homie_protocol::methods::session::SessionState;

use super::*;

fn machine(number: u8, name: &str) -> Machine {
    let origins = vec![format!("https://{name}.test:4663")];
    let (key, name, tags) = (MachineKey([number; 32]), name.to_owned(), Vec::new());
    Machine { key, own_name: name.clone(), name, tags, origins, is_retired: false }
}

fn session(number: u8, name: &str) -> SessionInfo {
    SessionInfo::begun(SessionId::from_bytes([number; 16]), Incarnation::from_bytes([1; 16]), name.to_owned(), 1)
}

/// Two machines, the first of them this one.
fn two() -> (Table, [NodeId; 2]) {
    let machines = [machine(1, "desk"), machine(2, "gw")];
    let ids = [machines[0].id(), machines[1].id()];
    let mut table = Table::default();
    table.set(&machines, ids[0]);
    table.take_changed();
    (table, ids)
}

fn changed(table: &mut Table) -> Vec<Told> {
    table.take_changed().into_iter().collect()
}

#[test]
fn a_machine_that_is_away_keeps_its_place_and_its_sessions() {
    let (mut table, [_, gw]) = two();
    table.state(gw, MachineState::Up, None, 5);
    table.sessions(gw, [session(1, "build")].iter());
    table.take_changed();
    table.state(gw, MachineState::Away, Some("the link was lost"), 9);
    assert_eq!(changed(&mut table), [Told::Machine(gw)]);
    let News::Machine(MachineChanged { machine: Some(info), .. }) = table.news(Told::Machine(gw)) else { panic!() };
    assert_eq!(
        (info.state, info.why.as_deref(), info.seen_at),
        (MachineState::Away, Some("the link was lost"), Some(9))
    );
    assert_eq!(table.sessions_after(Sight::All, None).sessions.len(), 1);
    table.state(gw, MachineState::Away, Some("it does not answer"), 20);
    let News::Machine(MachineChanged { machine: Some(info), .. }) = table.news(Told::Machine(gw)) else { panic!() };
    assert_eq!(info.seen_at, Some(9), "nobody has seen it since");
}

#[test]
fn only_what_is_another_is_told() {
    let (mut table, [desk, gw]) = two();
    let one = [session(1, "build"), session(2, "logs")];
    table.sessions(gw, one.iter());
    assert_eq!(changed(&mut table).len(), 2);
    table.sessions(gw, one.iter());
    table.state(desk, MachineState::Calling, None, 1);
    assert_eq!(changed(&mut table), []);
    let ended = SessionInfo { state: SessionState::Exited, ..session(1, "build") };
    table.sessions(gw, [ended.clone()].iter());
    let place = |id: u8| SessionPlace { machine: gw, session: SessionId::from_bytes([id; 16]) };
    assert_eq!(changed(&mut table), [Told::Session(place(1)), Told::Session(place(2))]);
    let News::Session(first) = table.news(Told::Session(place(1))) else { panic!() };
    assert_eq!(first, MeshSessionChanged { machine: gw, session: Some(ended), removed: None });
    let News::Session(second) = table.news(Told::Session(place(2))) else { panic!() };
    assert_eq!((second.session, second.removed), (None, Some(place(2).session)));
}

#[test]
fn a_machine_that_is_retired_goes_with_its_sessions() {
    let (mut table, [desk, gw]) = two();
    table.sessions(gw, [session(1, "build")].iter());
    table.take_changed();
    let retired = Machine { is_retired: true, ..machine(2, "gw") };
    table.set(&[machine(1, "desk"), retired], desk);
    let told = changed(&mut table);
    assert_eq!(told.len(), 2);
    assert_eq!(table.news(told[0]), News::Machine(MachineChanged { machine: None, removed: Some(gw) }));
    table.state(gw, MachineState::Up, None, 1);
    table.sessions(gw, [session(1, "build")].iter());
    assert_eq!(changed(&mut table), [], "it says nothing any more");
}

#[test]
fn two_machines_may_use_one_id_and_pages_have_no_hole_and_no_double() {
    let (mut table, ids) = two();
    let sessions: Vec<_> = (0..=249).map(|number| session(number, "s")).collect();
    for id in ids {
        table.sessions(id, sessions.iter());
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = table.sessions_after(Sight::All, after);
        assert!(page.sessions.len() <= PAGE);
        seen.extend(
            page.sessions.iter().map(|found| SessionPlace { machine: found.machine, session: found.session.id }),
        );
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 500);
    assert!(seen.is_sorted() && seen.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn whom_only_the_tailnet_knows_sees_this_machine_alone() {
    let (mut table, [desk, gw]) = two();
    for id in [desk, gw] {
        table.sessions(id, [session(1, "build")].iter());
    }
    let sight = Sight::One(desk);
    let machines: Vec<_> = table.machines(sight, None).machines.iter().map(|info| info.id).collect();
    assert_eq!(machines, [desk]);
    assert!(table.sessions_after(sight, None).sessions.iter().all(|found| found.machine == desk));
}

fn says(tags: Vec<String>) -> Presence {
    let word = || "word".to_owned();
    let platform = Platform { os: word(), version: word(), arch: word() };
    Presence { host: word(), platform, homie: word(), addresses: Vec::new(), tags, services: BTreeMap::new() }
}

/// A machine may claim what it likes; once an owner has tagged it, that alone is shown.
#[test]
fn tags_of_its_owners_come_before_its_own() {
    let (mut table, [desk, gw]) = two();
    let tags = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    table.presence(gw, says(tags(&["mine", "Not one", "a:b"])));
    let shown = |table: &Table| {
        let News::Machine(MachineChanged { machine: Some(info), .. }) = table.news(Told::Machine(gw)) else { panic!() };
        info.tags
    };
    assert_eq!(shown(&table), tags(&["mine"]));
    table.take_changed();
    let tagged = |words: &[&str]| [machine(1, "desk"), Machine { tags: tags(words), ..machine(2, "gw") }];
    table.set(&tagged(&["gpu"]), desk);
    assert_eq!((shown(&table), changed(&mut table)), (tags(&["gpu"]), vec![Told::Machine(gw)]));
    table.set(&tagged(&[]), desk);
    assert_eq!(shown(&table), tags(&["mine"]));
}

#[test]
fn many_machines_come_in_pages() {
    let machines: Vec<_> = (0..=249).map(|number| machine(number, &format!("m{number}"))).collect();
    let mut table = Table::default();
    table.set(&machines, machines[0].id());
    let (mut seen, mut after) = (0, None);
    loop {
        let page = table.machines(Sight::All, after);
        seen += page.machines.len();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, 250);
}

#[test]
fn who_hears_no_other_machine_is_alone() {
    assert!(Table::default().is_alone(), "it does not know yet who there is");
    let (mut table, [desk, gw]) = two();
    assert!(table.is_alone());
    table.state(desk, MachineState::Up, None, 1);
    assert!(table.is_alone(), "its own node knows no more than it");
    table.state(gw, MachineState::Up, None, 1);
    assert!(!table.is_alone());
    table.state(gw, MachineState::Away, Some("off"), 2);
    assert!(table.is_alone());
    table.set(&[machine(1, "desk")], desk);
    assert!(!table.is_alone(), "there is nobody to hear");
}
