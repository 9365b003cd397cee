//! Envelopes of an open circuit with one thing wrong in each.

use homie_protocol::code::Code;
use homie_protocol::control::Reading;

use super::message::{Message, Wrong, set};
use super::{Vector, raw};

const LAYER: &str = "control";

/// Wrong requests, responses, events, farewells, and what is no envelope.
pub(super) fn envelopes() -> Vec<Vector> {
    let request = request();
    let requests = [
        request.wrong(LAYER, "request", wrong_requests()),
        request.missing(LAYER, "request", &["t", "id", "method", "params"]),
        bye().wrong(LAYER, "bye", wrong_byes()),
        bye().missing(LAYER, "bye", &["code", "message"]),
        none(),
    ];
    let answers = [
        response().wrong(LAYER, "response", wrong_responses()),
        refused_response().wrong(LAYER, "response", wrong_errors()),
        response().missing(LAYER, "response", &["id", "ok"]),
        event().wrong(LAYER, "event", wrong_events()),
        event().missing(LAYER, "event", &["topic", "seq", "data"]),
    ];
    let requests = requests.into_iter().flatten().map(|vector| vector.reading(Reading::Requests));
    let answers = answers.into_iter().flatten().map(|vector| vector.reading(Reading::Answers));
    requests.chain(answers).chain(out_of_place()).collect()
}

fn wrong_requests() -> Vec<Wrong> {
    vec![
        set("of-unknown-field", "hurry", vec![1], Code::UnknownField, "hurry"),
        set("id-text", "id", raw::text("1"), Code::WrongType, "id"),
        set("id-fraction", "id", raw::f64(1.5), Code::WrongType, "id"),
        set("id-2-32", "id", raw::u64(1 << 32), Code::OutOfRange, "id"),
        set("id-below-0", "id", vec![0xff], Code::OutOfRange, "id"),
        set("method-integer", "method", vec![1], Code::WrongType, "method"),
        set("method-bytes", "method", raw::bin(b"a"), Code::WrongType, "method"),
        set("key-integer", "key", vec![1], Code::WrongType, "key"),
        set("key-short", "key", raw::text("aaaa"), Code::OutOfRange, "key"),
        set("key-upper-case", "key", raw::text(&"A".repeat(26)), Code::OutOfRange, "key"),
        set("key-with-padding", "key", raw::text(&format!("{}======", "a".repeat(26))), Code::OutOfRange, "key"),
        // The last character holds three bits of the id and two that must be zero.
        set("key-with-spare-bits", "key", raw::text(&format!("{}b", "a".repeat(25))), Code::OutOfRange, "key"),
    ]
}

fn wrong_byes() -> Vec<Wrong> {
    vec![
        set("code-unknown", "code", raw::text("bored"), Code::UnknownVariant, "code"),
        set("code-number", "code", raw::u64(4500), Code::WrongType, "code"),
        set("message-bytes", "message", raw::bin(b"a"), Code::WrongType, "message"),
        set("of-unknown-field", "data", raw::map(&[]), Code::UnknownField, "data"),
    ]
}

fn wrong_responses() -> Vec<Wrong> {
    vec![
        set("with-ok-and-error", "error", raw::map(&refusal("busy")), Code::UnknownField, "ok"),
        set("id-bytes", "id", raw::bin(&[1]), Code::WrongType, "id"),
        set("of-unknown-field", "late", vec![0xc3], Code::UnknownField, "late"),
    ]
}

fn wrong_errors() -> Vec<Wrong> {
    let more = [refusal("busy"), vec![("data", vec![1])]].concat();
    let array = raw::array(&[raw::text("busy"), raw::text("words")]);
    vec![
        set("error-of-unknown-code", "error", raw::map(&refusal("bored")), Code::UnknownVariant, "error.code"),
        set("error-of-unknown-field", "error", raw::map(&more), Code::UnknownField, "error.data"),
        set("error-positional", "error", array, Code::Positional, "error"),
        set("error-text", "error", raw::text("busy"), Code::WrongType, "error"),
    ]
}

fn wrong_events() -> Vec<Wrong> {
    vec![
        set("topic-integer", "topic", vec![1], Code::WrongType, "topic"),
        set("seq-below-0", "seq", vec![0xff], Code::OutOfRange, "seq"),
        set("seq-text", "seq", raw::text("1"), Code::WrongType, "seq"),
        set("of-unknown-field", "channel", vec![1], Code::UnknownField, "channel"),
    ]
}

fn none() -> Vec<Vector> {
    let bad = |name: &str, bytes, code, field| Vector::bad(LAYER, name, bytes, code, field);
    vec![
        bad("envelope-positional", raw::array(&[raw::text("request"), vec![1]]), Code::Positional, ""),
        bad("envelope-text", raw::text("bye"), Code::WrongType, ""),
        bad("envelope-integer", vec![1], Code::WrongType, ""),
        bad("envelope-empty-map", raw::map(&[]), Code::MissingField, "t"),
        bad("envelope-tag-integer", raw::map(&[("t", vec![1])]), Code::WrongType, "t"),
        bad("envelope-tag-bytes", raw::map(&[("t", raw::bin(b"bye"))]), Code::WrongType, "t"),
        bad("envelope-tag-unknown", raw::map(&[("t", raw::text("shout"))]), Code::UnknownVariant, "t"),
    ]
}

/// Good envelopes, sent to a side that never gets them.
fn out_of_place() -> Vec<Vector> {
    let misplaced = |name: &str, message: Message, reading| {
        Vector::bad(LAYER, name, message.bytes(), Code::UnknownVariant, "t").reading(reading)
    };
    vec![
        misplaced("place-request-in-the-greeting", request(), Reading::Greeting),
        misplaced("place-request-to-a-client", request(), Reading::Answers),
        misplaced("place-response-to-a-server", response(), Reading::Requests),
        misplaced("place-event-to-a-server", event(), Reading::Requests),
        misplaced("place-event-in-the-greeting", event(), Reading::Greeting),
    ]
}

fn request() -> Message {
    let method = raw::text("terminal.session.list");
    tagged("request").set("id", vec![1]).set("method", method).set("params", raw::map(&[]))
}

fn response() -> Message {
    tagged("response").set("id", vec![1]).set("ok", raw::map(&[]))
}

fn refused_response() -> Message {
    tagged("response").set("id", vec![1]).set("error", raw::map(&refusal("busy")))
}

fn refusal(code: &str) -> Vec<(&'static str, Vec<u8>)> {
    vec![("code", raw::text(code)), ("message", raw::text("words"))]
}

fn event() -> Message {
    tagged("event").set("topic", raw::text("terminal.session.gap")).set("seq", vec![1]).set("data", raw::map(&[]))
}

fn bye() -> Message {
    tagged("bye").set("code", raw::text("going_away")).set("message", raw::text("come back"))
}

fn tagged(tag: &str) -> Message {
    Message::default().set("t", raw::text(tag))
}
