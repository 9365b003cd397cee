//! Starts that meet at a node, whole and with one thing wrong in each.

use homie_protocol::code::Code;
use homie_protocol::hello::Signature;
use homie_protocol::id::StartId;
use homie_protocol::methods::start::{MeetOutput, MeetParams, StartMeet, StartSignature};

use super::super::message::{Message, set};
use super::super::samples::NODE;
use super::super::{Outcome, Vector, raw};
use super::{params, result, unknown_field, wrong_params, wrong_results};

const START: StartId = StartId::from_bytes([0x51; 16]);
const OTHER: StartId = StartId::from_bytes([0xa2; 16]);

/// Each with little and with much.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    let signed = vec![StartSignature { start: OTHER, sig: Signature([0x5a; 64]) }];
    let first = MeetParams { machine: NODE, start: START, signed: Vec::new() };
    let alone = MeetOutput { own: OTHER, others: Vec::new(), signed: Vec::new(), twins: Vec::new() };
    Ok(vec![
        params::<StartMeet>("first", &first)?,
        params::<StartMeet>("signed", &MeetParams { signed: signed.clone(), ..first })?,
        result::<StartMeet>("alone", &alone)?,
        result::<StartMeet>("twins", &MeetOutput { others: vec![OTHER], signed, twins: vec![NODE], ..alone })?,
    ])
}

/// One wrong thing in each.
pub(super) fn bad() -> Outcome<Vec<Vector>> {
    let none: Vec<StartId> = Vec::new();
    let asks = Message::default().with("machine", &NODE)?.with("start", &START)?.set("signed", raw::array(&[]));
    let answers = Message::default().with("own", &OTHER)?.with("others", &none)?.with("signed", &none)?;
    let short = raw::array(&[raw::map(&[("start", raw::text("a")), ("sig", raw::bin(&[1; 64]))])]);
    let unsigned = raw::array(&[raw::map(&[("start", raw::text(&OTHER.to_string()))])]);
    let all = [
        wrong_params::<StartMeet>(
            &asks,
            &["machine", "start", "signed"],
            vec![
                unknown_field(),
                set("start-number", "start", vec![1], Code::WrongType, "start"),
                set("signed-short", "signed", short, Code::OutOfRange, "signed.0.start"),
                set("signed-unsigned", "signed", unsigned, Code::MissingField, "signed.0.sig"),
            ],
        ),
        wrong_results::<StartMeet>(
            &answers.with("twins", &none)?,
            &["own", "others", "signed", "twins"],
            vec![unknown_field()],
        ),
    ];
    Ok(all.into_iter().flatten().collect())
}
