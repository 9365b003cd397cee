//! `spec/vectors/`: bytes of every layer with what they mean, or with the one error they are refused with.

use std::fs;
use std::path::Path;

use homie_protocol::code::Code;
use homie_protocol::control::Reading;
use homie_protocol::limits::ANSWER;
use homie_protocol::version::VERSION;
use serde_json::{Value, json};

use super::{Outcome, write};

mod codec;
mod control;
mod events;
mod frames;
mod greeting;
#[path = "../../tests/wire/support/header_view.rs"]
mod header_view;
mod holder;
mod message;
mod methods;
mod raw;
mod refused;
mod roster;
mod samples;
mod signed;
#[path = "../../tests/wire/support/tree.rs"]
mod tree;

/// Bytes and what they mean.
struct Vector {
    name: String,
    layer: String,
    reading: Option<Reading>,
    /// Who says it, where both sides have messages of their own.
    from: Option<&'static str>,
    /// What a signature is said to stand for.
    over: Option<Value>,
    bytes: Vec<u8>,
    meaning: Meaning,
}

enum Meaning {
    Value(Value),
    Refused(Code, &'static str),
}

impl Vector {
    fn good(layer: &str, name: impl Into<String>, bytes: Vec<u8>, value: Value) -> Self {
        let meaning = Meaning::Value(value);
        Self { name: name.into(), layer: layer.to_owned(), reading: None, from: None, over: None, bytes, meaning }
    }

    /// A value of ours, encoded.
    fn value(layer: &str, name: impl Into<String>, value: &impl serde::Serialize) -> Outcome<Self> {
        let bytes = homie_protocol::codec::encode(value)?;
        let seen = seen(&bytes)?;
        Ok(Self::good(layer, name, bytes, seen))
    }

    fn bad(layer: &str, name: impl Into<String>, bytes: Vec<u8>, code: Code, field: &'static str) -> Self {
        let meaning = Meaning::Refused(code, field);
        Self { name: name.into(), layer: layer.to_owned(), reading: None, from: None, over: None, bytes, meaning }
    }

    fn reading(mut self, reading: Reading) -> Self {
        self.reading = Some(reading);
        self
    }

    fn from(mut self, speaker: &'static str) -> Self {
        self.from = Some(speaker);
        self
    }

    /// Its line in the index. Layers with details share their first word with the file's name.
    fn entry(&self) -> Value {
        let mut entry = json!({ "name": self.name, "file": self.file(), "layer": self.layer, "version": VERSION });
        let reading = self.reading.map(|reading| match reading {
            Reading::Greeting => "greeting",
            Reading::Requests => "requests",
            Reading::Answers => "answers",
        });
        set(&mut entry, "reading", reading.map(Value::from));
        set(&mut entry, "from", self.from.map(Value::from));
        set(&mut entry, "over", self.over.clone());
        match &self.meaning {
            Meaning::Value(value) => set(&mut entry, "ok", Some(value.clone())),
            Meaning::Refused(code, field) => {
                set(&mut entry, "error", Some(code.name().into()));
                set(&mut entry, "field", (!field.is_empty()).then(|| (*field).into()));
            }
        }
        entry
    }

    fn file(&self) -> String {
        format!("{}.bin", self.name)
    }
}

/// Encoded bytes as the index shows them.
fn seen(bytes: &[u8]) -> Outcome<Value> {
    Ok(homie_protocol::codec::decode::<tree::Tree>(bytes, ANSWER)?.json())
}

fn set(entry: &mut Value, name: &str, value: Option<Value>) {
    if let (Value::Object(map), Some(value)) = (entry, value) {
        map.insert(name.to_owned(), value);
    }
}

/// Writes this version's folder anew; those of other versions are history and stay.
pub(super) fn write_all(root: &Path) -> Outcome {
    let folder = root.join(format!("spec/vectors/v{VERSION}"));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let vectors = all()?;
    let mut lines = Vec::new();
    for vector in &vectors {
        let path = folder.join(vector.file());
        if path.exists() {
            return Err(format!("two vectors are called {}", vector.name).into());
        }
        write(&path, &vector.bytes)?;
        lines.push(vector.entry().to_string());
    }
    write(&folder.join("index.json"), format!("[\n{}\n]\n", lines.join(",\n")))
}

fn all() -> Outcome<Vec<Vector>> {
    Ok([
        frames::good()?,
        frames::bad(),
        control::good()?,
        codec::bad(),
        refused::envelopes(),
        greeting::good()?,
        greeting::bad()?,
        methods::good()?,
        methods::bad()?,
        events::good()?,
        events::bad()?,
        holder::good()?,
        holder::bad()?,
        roster::good()?,
        roster::bad()?,
        signed::transcripts(),
        signed::signatures()?,
    ]
    .into_iter()
    .flatten()
    .collect())
}
