//! Where two dumps differ.

use std::fmt;

use serde_json::{Value, json};

pub(crate) struct Difference {
    /// As in `.main.lines[3].cells[7]`.
    pub(crate) path: String,
    pub(crate) wanted: Value,
    pub(crate) got: Value,
}

impl fmt::Display for Difference {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        write!(to, "{}: xterm.js has {}, not {}", self.path, self.wanted, self.got)
    }
}

/// All places, with what was wanted and what came; nothing if the dumps are the same.
pub(crate) fn differences(wanted: &str, got: &str) -> Vec<Difference> {
    if wanted == got {
        return Vec::new();
    }
    let mut found = Vec::new();
    walk("", &parse(wanted), &parse(got), &mut found);
    found.retain(|difference| !is_forgotten(difference));
    found
}

fn parse(dump: &str) -> Value {
    serde_json::from_str(dump).expect("a dump is JSON")
}

fn walk(path: &str, wanted: &Value, got: &Value, found: &mut Vec<Difference>) {
    match (wanted, got) {
        _ if wanted == got => {}
        (Value::Object(one), Value::Object(other)) => {
            let missing = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(missing) {
                walk(&format!("{path}.{key}"), &wanted[key], &got[key], found);
            }
        }
        (Value::Array(one), Value::Array(other)) if last_part(path) == "cells" => {
            // The blank end of a line is left out.
            let blank = json!(["", 1, 0, 0, 0, null]);
            for at in 0..one.len().max(other.len()) {
                let (wanted, got) = (one.get(at).unwrap_or(&blank), other.get(at).unwrap_or(&blank));
                tell(&format!("{path}[{at}]"), wanted, got, found);
            }
        }
        (Value::Array(one), Value::Array(other)) if last_part(path) == "lines" && one.len() == other.len() => {
            for (at, (wanted, got)) in one.iter().zip(other).enumerate() {
                walk(&format!("{path}[{at}]"), wanted, got, found);
            }
        }
        _ => tell(path, wanted, got, found),
    }
}

fn last_part(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or_default()
}

fn tell(path: &str, wanted: &Value, got: &Value, found: &mut Vec<Difference>) {
    if wanted != got {
        found.push(Difference { path: path.to_owned(), wanted: wanted.clone(), got: got.clone() });
    }
}

/// Nothing but the address of a link, which one of the two xterm.js has forgotten.
fn is_forgotten(difference: &Difference) -> bool {
    let (look, link) = split(&difference.wanted);
    let (other_look, other_link) = split(&difference.got);
    let both_link = link.is_string() && other_link.is_string();
    look == other_look && both_link && (link == "?" || other_link == "?")
}

/// A cell's look and its link; of a link alone the link.
fn split(value: &Value) -> (&[Value], &Value) {
    match value.as_array().and_then(|cell| cell.split_last()) {
        Some((link, look)) => (look, link),
        None => (&[], value),
    }
}
