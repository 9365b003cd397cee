//! That nothing of the wire is without a vector.

use std::collections::BTreeSet;

use homie_protocol::code::Code;
use homie_protocol::event::TOPICS;
use homie_protocol::frame::Kind;
use homie_protocol::methods::rows;
use homie_protocol::version::VERSION;
use serde_json::Value;

use super::support::index::{Entry, vectors};
use super::support::layers::typed_layers;

#[test]
fn every_method_and_every_topic_has_good_vectors() {
    let methods = rows().flat_map(|row| ["params", "result"].map(|what| format!("{what}:{}", row.name)));
    let topics = TOPICS.iter().map(|(topic, _)| format!("event:{topic}"));
    let decoded: BTreeSet<String> = typed_layers().into_iter().map(|(layer, _)| layer).collect();
    let good: BTreeSet<String> = good().into_iter().map(|entry| entry.layer).collect();
    for layer in methods.chain(topics) {
        assert!(good.contains(&layer), "no vector for {layer}");
        assert!(decoded.contains(&layer), "no decoder for {layer} in tests/support/layers.rs");
    }
}

#[test]
fn every_kind_envelope_entry_and_holder_message_has_a_good_vector() {
    let kinds = Kind::ALL.map(|kind| format!("{kind:?}").to_lowercase());
    let envelopes = ["hello", "welcome", "prove", "ready", "request", "response", "event", "bye"];
    let to_holder = [
        "hello",
        "open",
        "close",
        "resize",
        "driver",
        "signal",
        "input",
        "end_input",
        "kill",
        "rename",
        "snapshot",
        "share",
        "search",
        "capture",
        "trim",
        "bury",
    ];
    let from_holder = ["welcome", "refused", "opened", "open_refused", "changed", "done", "found", "captured"];
    let messages = to_holder.into_iter().chain(from_holder);
    assert_eq!(seen("frame", "kind"), kinds.into_iter().collect());
    assert_eq!(seen("control", "t"), envelopes.map(str::to_owned).into_iter().collect());
    let entries = ["device", "change", "revoke", "machine", "label", "retire"];
    assert_eq!(seen("roster", "t"), entries.map(str::to_owned).into_iter().collect());
    assert_eq!(seen("holder", "t"), messages.map(str::to_owned).collect());
}

#[test]
fn every_code_of_the_decoders_has_a_bad_vector() {
    // Codes below 4123 are the decoders'; these two are given by those who know the circuit's state.
    let by_state = [Code::UnexpectedFrame, Code::UnknownMethod];
    let refused: BTreeSet<String> = vectors().into_iter().filter_map(|entry| entry.error).collect();
    for code in Code::ALL.iter().filter(|code| code.number() <= 4123 && !by_state.contains(code)) {
        assert!(refused.contains(code.name()), "no vector is refused with {code}");
    }
}

#[test]
fn every_vector_is_good_or_bad_and_says_its_version() {
    for entry in vectors() {
        assert!(entry.ok.is_some() != entry.error.is_some(), "{}", entry.name);
        assert!((1..=VERSION).contains(&entry.version), "{}", entry.name);
        assert_eq!(entry.file, format!("{}.bin", entry.name));
        assert_eq!(entry.over.is_some(), entry.layer == "signature", "{}", entry.name);
        assert!(entry.layer != "signature" || entry.bytes.len() == 64, "{}", entry.name);
    }
}

fn good() -> Vec<Entry> {
    vectors().into_iter().filter(|entry| entry.ok.is_some()).collect()
}

fn seen(layer: &str, field: &str) -> BTreeSet<String> {
    let values = good().into_iter().filter(|entry| entry.layer == layer).filter_map(|entry| entry.ok);
    values.filter_map(|value| value.get(field).and_then(Value::as_str).map(str::to_owned)).collect()
}
