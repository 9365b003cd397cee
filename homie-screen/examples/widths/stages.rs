//! The two-stage table, and its two languages: blocks of 128 code points, each kept once.

use std::collections::HashMap;
use std::num::TryFromIntError;

const BLOCK: usize = 128;

pub(crate) struct Stages {
    index: Vec<u8>,
    blocks: Vec<u8>,
}

impl Stages {
    /// Fails if there are more different blocks than a byte can number.
    pub(crate) fn new(values: &[u8]) -> Result<Self, TryFromIntError> {
        let mut known: HashMap<&[u8], u8> = HashMap::new();
        let mut stages = Self { index: Vec::new(), blocks: Vec::new() };
        for block in values.chunks(BLOCK) {
            let next = u8::try_from(known.len())?;
            let number = *known.entry(block).or_insert(next);
            if number == next {
                stages.blocks.extend(block);
            }
            stages.index.push(number);
        }
        Ok(stages)
    }

    pub(crate) fn rust(&self) -> String {
        let mut text = String::from(
            "//! Written by scripts/gen from `examples/widths`: the class and the width of every code point.\n\n\
             /// `class << 2 | width`.\n\
             pub(super) fn value(code: u32) -> u32 {\n    \
                 let code = code as usize;\n    \
                 let block = usize::from(INDEX.get(code >> 7).copied().unwrap_or_default());\n    \
                 u32::from(BLOCKS.get(block << 7 | code & 0x7f).copied().unwrap_or_default())\n}\n",
        );
        text += &rust_array("The block of each 128 code points.", "INDEX", &self.index);
        text += &rust_array("The different blocks, one after the other.", "BLOCKS", &self.blocks);
        text
    }

    pub(crate) fn typescript(&self) -> String {
        format!(
            "// Written by scripts/gen from homie-screen/examples/widths: the class and the width of every code point.\n\
             // Runs of a value: \"value*times\", or the value alone; all numbers in base 36.\n\n\
             /** The block of each 128 code points. */\nexport const indexRuns =\n  \"{}\";\n\n\
             /** The different blocks, one after the other; each value is class << 2 | width. */\nexport const blockRuns =\n  \"{}\";\n",
            runs(&self.index),
            runs(&self.blocks)
        )
    }
}

fn rust_array(what: &str, name: &str, values: &[u8]) -> String {
    let rows: Vec<String> = values.chunks(32).map(|row| format!("    {}", join(row, ", "))).collect();
    format!("\n/// {what}\n#[rustfmt::skip]\nstatic {name}: [u8; {}] = [\n{},\n];\n", values.len(), rows.join(",\n"))
}

fn join(values: &[u8], between: &str) -> String {
    values.iter().map(u8::to_string).collect::<Vec<_>>().join(between)
}

fn runs(values: &[u8]) -> String {
    let words = values.chunk_by(|a, b| a == b).map(|run| match run {
        [value] => base36(usize::from(*value)),
        [value, ..] => format!("{}*{}", base36(usize::from(*value)), base36(run.len())),
        [] => String::new(),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn base36(number: usize) -> String {
    let digit = u32::try_from(number % 36).ok().and_then(|digit| char::from_digit(digit, 36)).unwrap_or_default();
    if number < 36 { digit.to_string() } else { format!("{}{digit}", base36(number / 36)) }
}
