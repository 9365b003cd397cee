//! Where two dumps differ.

use serde_json::Value;

/// The first few places, with what was wanted and what came; nothing if they are the same.
pub(crate) fn differences(wanted: &str, got: &str) -> Vec<String> {
    if wanted == got {
        return Vec::new();
    }
    let mut found = Vec::new();
    walk("", &parse(wanted), &parse(got), &mut found);
    found
}

fn parse(dump: &str) -> Value {
    serde_json::from_str(dump).expect("a dump is JSON")
}

fn walk(path: &str, wanted: &Value, got: &Value, found: &mut Vec<String>) {
    match (wanted, got) {
        (Value::Object(one), Value::Object(other)) => {
            let missing = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(missing) {
                walk(&format!("{path}.{key}"), &wanted[key], &got[key], found);
            }
        }
        (Value::Array(one), Value::Array(other)) if is_line(one) || is_line(other) => {
            let blank = serde_json::json!(["", 1, 0, 0, 0, null]);
            for at in 0..one.len().max(other.len()) {
                let (wanted, got) = (one.get(at).unwrap_or(&blank), other.get(at).unwrap_or(&blank));
                tell(&format!("{path}[{at}]"), wanted, got, found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (at, (wanted, got)) in one.iter().zip(other).enumerate() {
                walk(&format!("{path}[{at}]"), wanted, got, found);
            }
        }
        (Value::String(one), Value::String(other)) if path == ".pen.link" && is_forgotten(one, other) => {}
        _ => tell(path, wanted, got, found),
    }
}

/// A list of cells, whose blank end is left out.
fn is_line(values: &[Value]) -> bool {
    values.first().is_some_and(|cell| cell.as_array().is_some_and(|cell| cell.len() == 6))
}

/// One of two links, of which xterm.js has forgotten the address.
fn is_forgotten(one: &str, other: &str) -> bool {
    one == "?" || other == "?"
}

/// The same cell, but for an address that was forgotten.
fn is_same_cell(one: &Value, other: &Value) -> bool {
    let (Some([look @ .., Value::String(link)]), Some([other_look @ .., Value::String(other_link)])) =
        (one.as_array().map(Vec::as_slice), other.as_array().map(Vec::as_slice))
    else {
        return false;
    };
    look == other_look && is_forgotten(link, other_link)
}

fn tell(path: &str, wanted: &Value, got: &Value, found: &mut Vec<String>) {
    if wanted != got && !is_same_cell(wanted, got) {
        found.push(format!("{path}: xterm.js has {wanted}, not {got}"));
    }
}
