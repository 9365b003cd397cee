//! Entries of the roster, whole and with one thing wrong, and one signed by the mesh's root.

use homie_protocol::code::Code;
use homie_protocol::hello::{Algorithm, ClientKind, DeviceKey, Role};
use homie_protocol::roster::{
    ChangeEntry, DeviceEntry, Entry, EntryHash, LabelEntry, MachineEntry, RetireEntry, RevokeEntry, Stem, signed_bytes,
};
use serde::Serialize;

use super::message::{Message, Wrong, set};
use super::samples::{MACHINE, NODE, ed25519_device, p256_device};
use super::{Outcome, Vector, raw, seen};

const LAYER: &str = "roster";

/// Each kind, with and without what may be left out; and what is signed for the first of them.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    let first = Entry::Device(device());
    let after = vec![EntryHash([0x0a; 32]), EntryHash([0xf0; 32])];
    let later = Stem { after, by: ed25519_device(), ..stem() };
    let phone = DeviceEntry {
        stem: later.clone(),
        key: p256_device(),
        role: Role::Operator,
        ceiling: Some(Role::Operator),
        kind: ClientKind::Phone,
        platform: Some("Android 17".to_owned()),
        ..device()
    };
    let change = ChangeEntry { stem: later.clone(), device: p256_device().id, name: None, role: None, ceiling: None };
    let renamed = ChangeEntry { name: Some("ada's phone".to_owned()), ..change.clone() };
    let lowered = ChangeEntry { role: Some(Role::Viewer), ceiling: Some(Role::Viewer), ..change };
    let name = "ada's desk".to_owned();
    let origins = vec!["https://desk.example.ts.net:4663".to_owned()];
    let machine = MachineEntry { stem: later.clone(), key: MACHINE, name: name.clone(), origins };
    let alone = MachineEntry { stem: later.clone(), key: MACHINE, name, origins: Vec::new() };
    let label = LabelEntry { stem: later.clone(), machine: NODE, name: None, tags: None };
    let entries = [
        ("device-of-the-root", first.clone()),
        ("device-phone", Entry::Device(phone)),
        ("change-name", Entry::Change(renamed)),
        ("change-role", Entry::Change(lowered)),
        ("revoke", Entry::Revoke(RevokeEntry { stem: later.clone(), device: p256_device().id })),
        ("machine", Entry::Machine(machine)),
        ("machine-nowhere", Entry::Machine(alone)),
        ("label-name", Entry::Label(LabelEntry { name: Some("gw".to_owned()), ..label.clone() })),
        (
            "label-tags",
            Entry::Label(LabelEntry { tags: Some(vec!["eu".to_owned(), "gpu".to_owned()]), ..label.clone() }),
        ),
        ("label-no-tags", Entry::Label(LabelEntry { tags: Some(Vec::new()), ..label })),
        ("retire", Entry::Retire(RetireEntry { stem: later, machine: NODE })),
    ];
    let mut vectors = Vec::new();
    for (name, entry) in entries {
        vectors.push(Vector::value(LAYER, format!("roster-{name}"), &entry)?);
    }
    let signed = signed_bytes(&MACHINE, &homie_protocol::codec::encode(&first)?);
    vectors.push(Vector::good("roster-signed", "roster-signed-device-of-the-root", signed, signed_seen(&first)?));
    Ok(vectors)
}

/// One wrong thing in each.
pub(super) fn bad() -> Outcome<Vec<Vector>> {
    let device = tagged(&device().stem, "device")?
        .with("key", &ed25519_device())?
        .with("name", &"desk")?
        .with("role", &Role::Owner)?
        .with("kind", &ClientKind::Cli)?;
    let revoke = tagged(&stem(), "revoke")?.with("device", &p256_device().id)?;
    let label = tagged(&stem(), "label")?.with("machine", &NODE)?;
    let retire = tagged(&stem(), "retire")?.with("machine", &NODE)?;
    let machine =
        tagged(&stem(), "machine")?.with("key", &MACHINE)?.with("name", &"desk")?.set("origins", raw::array(&[]));
    let change = tagged(&stem(), "change")?.with("device", &p256_device().id)?;
    let all = [
        device.wrong(LAYER, "roster-device", wrong_devices()?),
        device.missing(LAYER, "roster-device", &["stem", "key", "name", "role", "kind"]),
        change.wrong(
            LAYER,
            "roster-change",
            vec![set("of-unknown-field", "kind", raw::text("web"), Code::UnknownField, "kind")],
        ),
        change.missing(LAYER, "roster-change", &["stem", "device"]),
        revoke.wrong(
            LAYER,
            "roster-revoke",
            vec![set("id-short", "device", raw::text("ab"), Code::OutOfRange, "device")],
        ),
        revoke.missing(LAYER, "roster-revoke", &["stem", "device"]),
        machine.wrong(
            LAYER,
            "roster-machine",
            vec![set("origins-text", "origins", raw::text("a"), Code::WrongType, "origins")],
        ),
        machine.missing(LAYER, "roster-machine", &["stem", "key", "name", "origins"]),
        label.wrong(
            LAYER,
            "roster-label",
            vec![
                set("tags-text", "tags", raw::text("gpu"), Code::WrongType, "tags"),
                set("of-unknown-field", "origins", raw::array(&[]), Code::UnknownField, "origins"),
            ],
        ),
        label.missing(LAYER, "roster-label", &["stem", "machine"]),
        retire.missing(LAYER, "roster-retire", &["stem", "machine"]),
    ];
    Ok(all.into_iter().flatten().collect())
}

fn wrong_devices() -> Outcome<Vec<Wrong>> {
    let stem = |name: &'static str, value| {
        let whole = Message::default().set("after", raw::array(&[])).with("by", &ed25519_device())?.with("at", &1)?;
        Outcome::Ok(whole.set(name, value).bytes())
    };
    Ok(vec![
        set("tag-unknown", "t", raw::text("grant"), Code::UnknownVariant, "t"),
        set("of-unknown-field", "expires", vec![1], Code::UnknownField, "expires"),
        set("role-unknown", "role", raw::text("root"), Code::UnknownVariant, "role"),
        set("ceiling-number", "ceiling", vec![3], Code::WrongType, "ceiling"),
        set("stem-positional", "stem", raw::array(&[]), Code::Positional, "stem"),
        set("after-text", "stem", stem("after", raw::text("a"))?, Code::WrongType, "stem.after"),
        set("after-31", "stem", stem("after", raw::array(&[raw::bin(&[1; 31])]))?, Code::OutOfRange, "stem.after.0"),
        set("by-positional", "stem", stem("by", raw::array(&[]))?, Code::Positional, "stem.by"),
        set("at-negative", "stem", stem("at", vec![0xff])?, Code::OutOfRange, "stem.at"),
    ])
}

fn device() -> DeviceEntry {
    DeviceEntry {
        stem: stem(),
        key: ed25519_device(),
        name: "desk".to_owned(),
        role: Role::Owner,
        ceiling: None,
        kind: ClientKind::Cli,
        platform: None,
    }
}

/// The root's first.
fn stem() -> Stem {
    let id = homie_protocol::id::DeviceId::from_bytes(*NODE.as_bytes());
    let by = DeviceKey { id, alg: Algorithm::Ed25519, key: MACHINE.0.to_vec() };
    Stem { after: Vec::new(), by, at: 1_795_000_000_000 }
}

fn tagged(stem: &impl Serialize, tag: &str) -> Outcome<Message> {
    Message::default().set("t", raw::text(tag)).with("stem", stem)
}

fn signed_seen(entry: &Entry) -> Outcome<serde_json::Value> {
    let entry = seen(&homie_protocol::codec::encode(entry)?)?;
    Ok(serde_json::json!({ "root": data_encoding::BASE64URL_NOPAD.encode(&MACHINE.0), "entry": entry }))
}
