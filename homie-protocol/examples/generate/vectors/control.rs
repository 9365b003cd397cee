//! The envelopes of an open circuit, and every form a value may have.

use std::collections::BTreeMap;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec;
use homie_protocol::control::{Empty, Outgoing, Reading};
use homie_protocol::event::{Resized, Topic};
use homie_protocol::id::RequestKey;
use homie_protocol::limits::{ANSWER, MAP_KEYS, OFFSET_END};
use homie_protocol::methods::session::{ListParams, ResizeParams};
use serde::Serialize;

use super::samples::{KEY, SESSION, size};
use super::tree::Tree;
use super::{Outcome, Vector, raw, seen};

/// Requests, responses, events and a farewell.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    let resize = ResizeParams { session: SESSION, size: size(80, 24)?, channel: None, take: None, theme: None };
    let list = ListParams { subscribe: Some(true), after: None };
    let resized = Resized { size: size(132, 43)? };
    let refusal = Refusal::new(Code::NotFound, "no session of this id; list them again");
    Ok(vec![
        asked("control-request", 1, "terminal.session.list", &list, None)?,
        asked("control-request-with-key", u32::MAX, "terminal.session.resize", &resize, Some(KEY))?,
        // Not the codec's business: whoever serves refuses it by name.
        asked("control-request-of-unknown-method", 2, "terminal.session.fly", &Empty {}, None)?,
        asked("control-request-of-every-value", 3, "test.values", &Values::all(), None)?,
        asked("control-request-of-16-levels", 4, "test.depth", &deep()?, None)?,
        asked("control-request-of-256-keys", 5, "test.keys", &keys(), None)?,
        envelope("control-response", &Outgoing::Answer { id: 1, ok: &resized }, Reading::Answers)?,
        envelope("control-response-empty", &Outgoing::Answer { id: 127, ok: &Empty {} }, Reading::Answers)?,
        envelope("control-response-refused", &refused(128, &refusal), Reading::Answers)?,
        envelope("control-event", &Outgoing::Event { topic: Resized::NAME, seq: 1, data: &resized }, Reading::Answers)?,
        envelope("control-bye-to-a-client", &bye(&refusal), Reading::Answers)?,
        envelope("control-bye-to-a-server", &bye(&refusal), Reading::Requests)?,
        envelope("control-bye-in-the-greeting", &bye(&refusal), Reading::Greeting)?,
    ])
}

pub(super) fn envelope<P: Serialize>(name: &str, outgoing: &Outgoing<'_, P>, reading: Reading) -> Outcome<Vector> {
    let bytes = outgoing.encode()?;
    let seen = seen(&bytes)?;
    Ok(Vector::good("control", name, bytes, seen).reading(reading))
}

fn asked<P: Serialize>(name: &str, id: u32, method: &str, params: &P, key: Option<RequestKey>) -> Outcome<Vector> {
    envelope(name, &Outgoing::Request { id, method, params, key }, Reading::Requests)
}

fn refused(id: u32, error: &Refusal) -> Outgoing<'_, Empty> {
    Outgoing::Refused { id, error }
}

fn bye(refusal: &Refusal) -> Outgoing<'_, Empty> {
    Outgoing::Bye(refusal)
}

/// Every form of value, on both sides of each length and width where the bytes change.
#[derive(Serialize)]
struct Values {
    integers: Vec<i64>,
    fractions: Vec<f64>,
    booleans: [bool; 2],
    texts: Vec<String>,
    #[serde(with = "serde_bytes")]
    no_bytes: Vec<u8>,
    #[serde(with = "serde_bytes")]
    bytes_255: Vec<u8>,
    #[serde(with = "serde_bytes")]
    bytes_256: Vec<u8>,
    array_15: Vec<u8>,
    array_16: Vec<u8>,
    map_15: BTreeMap<String, u8>,
    map_16: BTreeMap<String, u8>,
}

impl Values {
    fn all() -> Self {
        let map = |len: u8| (0..len).map(|key| (format!("key{key:02}"), key)).collect();
        Self {
            integers: integers(),
            fractions: vec![0.5, -1.25, 1e-300, f64::MIN_POSITIVE, 5e-324, 0.1 + 0.2],
            booleans: [false, true],
            texts: [0, 31, 32, 255, 256].map(|len| "x".repeat(len)).into_iter().chain(unicode()).collect(),
            no_bytes: Vec::new(),
            bytes_255: vec![0xff; 255],
            bytes_256: vec![0; 256],
            array_15: vec![1; 15],
            array_16: vec![1; 16],
            map_15: map(15),
            map_16: map(16),
        }
    }
}

fn integers() -> Vec<i64> {
    let end = OFFSET_END.cast_signed();
    let edges = [0, 127, 128, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296, end - 1];
    let below = [-1, -32, -33, -128, -129, -32_768, -32_769, -2_147_483_648, -2_147_483_649, 1 - end];
    edges.into_iter().chain(below).collect()
}

fn unicode() -> [String; 2] {
    ["\0\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}".to_owned(), "日本語 👩\u{200d}💻 e\u{301}".to_owned()]
}

/// As deep as a request allows: the envelope is the first level.
fn deep() -> Outcome<Tree> {
    let bytes = raw::maps_around(14, raw::arrays_around(1, raw::text("bottom")));
    Ok(codec::decode(&bytes, ANSWER)?)
}

fn keys() -> BTreeMap<String, bool> {
    (0..MAP_KEYS).map(|key| (format!("k{key}"), true)).collect()
}
