//! The machines of the mesh, their sessions, and what one says of itself, whole and with one thing wrong in each.

use std::collections::BTreeMap;

use homie_protocol::code::Code;
use homie_protocol::control::Empty;
use homie_protocol::methods::machine::{
    FoundAt, FoundBy, FoundMachine, FoundOutput, MachineInfo, MachineState, Machines, MachinesFound, MachinesOutput,
    MachinesParams, MeshSession, MeshSessions, MeshSessionsOutput, MeshSessionsParams, SessionPlace,
};
use homie_protocol::methods::presence::{Offered, Platform, Presence, PresenceGet};

use super::super::message::{Message, set};
use super::super::samples::{NODE, SESSION, running};
use super::super::{Outcome, Vector, raw};
use super::{params, result, unknown_field, wrong_params, wrong_results};

/// Each with little and with much.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    let place = SessionPlace { machine: NODE, session: SESSION };
    let sessions = vec![MeshSession { machine: NODE, session: running()? }];
    Ok(vec![
        params::<Machines>("first-page", &MachinesParams::default())?,
        params::<Machines>("subscribe", &MachinesParams { subscribe: Some(true), after: None })?,
        params::<Machines>("next-page", &MachinesParams { subscribe: None, after: Some(NODE) })?,
        result::<Machines>("none", &MachinesOutput { machines: Vec::new(), next: None })?,
        result::<Machines>("some", &MachinesOutput { machines: vec![own(), away(), beyond()], next: Some(NODE) })?,
        params::<MeshSessions>("first-page", &MeshSessionsParams::default())?,
        params::<MeshSessions>("next-page", &MeshSessionsParams { after: Some(place) })?,
        result::<MeshSessions>("none", &MeshSessionsOutput { sessions: Vec::new(), next: None })?,
        result::<MeshSessions>("some", &MeshSessionsOutput { sessions, next: Some(place) })?,
        params::<MachinesFound>("empty", &Empty {})?,
        result::<MachinesFound>("none", &FoundOutput { found: Vec::new(), unlisted: 0 })?,
        result::<MachinesFound>("some", &FoundOutput { found: vec![found(), terse()], unlisted: 7 })?,
        params::<PresenceGet>("empty", &Empty {})?,
        result::<PresenceGet>("desk", &presence())?,
    ])
}

/// One wrong thing in each.
pub(super) fn bad() -> Outcome<Vec<Vector>> {
    let said = Message::default()
        .set("host", raw::text("desk"))
        .with("platform", &presence().platform)?
        .set("homie", raw::text("0.1.0"))
        .with("addresses", &presence().addresses)?
        .with("tags", &presence().tags)?
        .with("services", &presence().services)?;
    let negative = raw::map(&[("terminal", raw::map(&[("version", vec![0xff]), ("features", vec![0x90])]))]);
    let all = [
        wrong_params::<Machines>(
            &Message::default(),
            &[],
            vec![unknown_field(), set("after-number", "after", vec![1], Code::WrongType, "after")],
        ),
        wrong_results::<Machines>(&Message::default().with("machines", &vec![own()])?, &["machines"], Vec::new()),
        wrong_params::<MeshSessions>(
            &Message::default(),
            &[],
            vec![unknown_field(), set("after-id", "after", raw::text("a"), Code::WrongType, "after")],
        ),
        wrong_params::<MachinesFound>(&Message::default(), &[], vec![unknown_field()]),
        wrong_results::<MachinesFound>(
            &Message::default().with("found", &vec![found()])?.with("unlisted", &0_u32)?,
            &["found", "unlisted"],
            vec![unknown_field(), set("unlisted-negative", "unlisted", vec![0xff], Code::OutOfRange, "unlisted")],
        ),
        wrong_params::<PresenceGet>(&Message::default(), &[], vec![unknown_field()]),
        wrong_results::<PresenceGet>(
            &said,
            &["host", "platform", "homie", "addresses", "tags", "services"],
            vec![
                unknown_field(),
                set("version-negative", "services", negative, Code::OutOfRange, "services.terminal.version"),
            ],
        ),
    ];
    Ok(all.into_iter().flatten().collect())
}

/// The gateway's own machine.
pub(in super::super) fn own() -> MachineInfo {
    MachineInfo {
        id: NODE,
        name: "desk".to_owned(),
        is_own: true,
        state: MachineState::Up,
        why: None,
        seen_at: Some(1_795_000_000_000),
        through: None,
        origins: vec!["https://desk.example.ts.net:4663".to_owned()],
        tags: vec!["eu".to_owned(), "gpu".to_owned()],
        presence: Some(presence()),
        unlisted: 0,
    }
}

fn away() -> MachineInfo {
    MachineInfo {
        name: "laptop".to_owned(),
        is_own: false,
        state: MachineState::Away,
        why: Some("it does not answer".to_owned()),
        seen_at: None,
        through: None,
        origins: Vec::new(),
        tags: Vec::new(),
        presence: None,
        unlisted: 3,
        ..own()
    }
}

/// Another one, that is reached through a third.
fn beyond() -> MachineInfo {
    let through = Some("laptop.example.ts.net:4663".to_owned());
    MachineInfo { name: "shed".to_owned(), is_own: false, through, ..own() }
}

/// Answers at three places.
fn found() -> FoundMachine {
    let place = |by, address: &str| FoundAt { by, address: address.to_owned() };
    let tailnet = place(FoundBy::Tailnet, "shed.example.ts.net:4663");
    let settings = place(FoundBy::Settings, "shed.example.org:443");
    let lan = place(FoundBy::Lan, "shed.example.ts.net:5000");
    let (name, homie) = ("shed".to_owned(), Some("0.1.0".to_owned()));
    FoundMachine { node: NODE, name, homie, places: vec![tailnet, settings, lan] }
}

/// Has not said what it runs.
fn terse() -> FoundMachine {
    let place = FoundAt { by: FoundBy::Settings, address: "192.0.2.7:4663".to_owned() };
    FoundMachine { homie: None, places: vec![place], ..found() }
}

fn presence() -> Presence {
    let platform =
        Platform { os: "linux".to_owned(), version: "Debian GNU/Linux 13".to_owned(), arch: "x86_64".to_owned() };
    let terminal = Offered { version: 1, features: vec!["recording".to_owned()] };
    Presence {
        host: "desk".to_owned(),
        platform,
        homie: "0.1.0".to_owned(),
        addresses: vec!["192.0.2.7".to_owned(), "fd7a:115c:a1e0::7".to_owned()],
        tags: vec!["gpu".to_owned()],
        services: BTreeMap::from([("terminal".to_owned(), terminal)]),
    }
}
