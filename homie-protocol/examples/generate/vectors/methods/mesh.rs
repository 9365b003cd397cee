//! The roster from hand to hand, whole and with one thing wrong in each.

use homie_protocol::code::Code;
use homie_protocol::control::Empty;
use homie_protocol::hello::{Role, Signature};
use homie_protocol::methods::mesh::{
    NamesOutput, ReadOutput, ReadParams, RosterNames, RosterRead, RosterTell, RosterWait, TellOutput, TellParams,
    WaitOutput, WaitParams,
};
use homie_protocol::roster::{EntryHash, RosterHead, SignedEntry};

use super::super::message::{Message, set};
use super::super::samples::MACHINE;
use super::super::{Outcome, Vector, raw};
use super::{params, result, unknown_field, wrong_params, wrong_results};

const HEAD: RosterHead = RosterHead([0x3c; 32]);
const NAMES: [EntryHash; 2] = [EntryHash([0x0a; 32]), EntryHash([0xf0; 32])];

/// Each with little and with much.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    let entry = SignedEntry { entry: vec![0x81, 0xa1, 0x74, 0xa0], sig: Signature([0x5a; 64]) };
    let entries = vec![entry.clone(), entry];
    Ok(vec![
        params::<RosterNames>("empty", &Empty {})?,
        result::<RosterNames>("none", &NamesOutput { root: MACHINE, names: Vec::new() })?,
        result::<RosterNames>("some", &NamesOutput { root: MACHINE, names: NAMES.to_vec() })?,
        params::<RosterRead>("some", &ReadParams { names: NAMES.to_vec() })?,
        result::<RosterRead>("none", &ReadOutput { entries: Vec::new() })?,
        result::<RosterRead>("some", &ReadOutput { entries: entries.clone() })?,
        params::<RosterTell>("some", &TellParams { root: MACHINE, entries })?,
        result::<RosterTell>("operator", &TellOutput { role: Role::Operator })?,
        params::<RosterWait>("some", &WaitParams { head: HEAD })?,
        result::<RosterWait>("some", &WaitOutput { head: HEAD })?,
    ])
}

/// One wrong thing in each.
pub(super) fn bad() -> Outcome<Vec<Vector>> {
    let tell = Message::default().with("root", &MACHINE)?.set("entries", raw::array(&[]));
    let read = Message::default().set("names", raw::array(&[]));
    let entries = Message::default().set("entries", raw::array(&[]));
    let head = Message::default().with("head", &HEAD)?;
    let entry = |sig: &[u8]| raw::array(&[raw::map(&[("entry", raw::bin(&[0x80])), ("sig", raw::bin(sig))])]);
    let unsigned = raw::array(&[raw::map(&[("entry", raw::bin(&[0x80]))])]);
    let all = [
        wrong_params::<RosterNames>(&Message::default(), &[], vec![unknown_field()]),
        wrong_params::<RosterRead>(
            &read,
            &["names"],
            vec![
                unknown_field(),
                set("name-31", "names", raw::array(&[raw::bin(&[1; 31])]), Code::OutOfRange, "names.0"),
                set("names-text", "names", raw::text("a"), Code::WrongType, "names"),
            ],
        ),
        wrong_params::<RosterTell>(
            &tell,
            &["root", "entries"],
            vec![
                unknown_field(),
                set("root-33", "root", raw::bin(&[1; 33]), Code::OutOfRange, "root"),
                set("sig-63", "entries", entry(&[1; 63]), Code::OutOfRange, "entries.0.sig"),
                set("entry-unsigned", "entries", unsigned, Code::MissingField, "entries.0.sig"),
                set("entry-positional", "entries", raw::array(&[raw::array(&[])]), Code::Positional, "entries.0"),
            ],
        ),
        wrong_results::<RosterTell>(&Message::default().with("role", &Role::None)?, &["role"], vec![unknown_field()]),
        wrong_params::<RosterWait>(
            &head,
            &["head"],
            vec![unknown_field(), set("head-31", "head", raw::bin(&[1; 31]), Code::OutOfRange, "head")],
        ),
        wrong_results::<RosterWait>(&head, &["head"], vec![unknown_field()]),
        wrong_results::<RosterRead>(&entries, &["entries"], vec![unknown_field()]),
    ];
    Ok(all.into_iter().flatten().collect())
}
