//! `spec/widths.json`: the table as runs, and texts with the cells that they make.

use homie_screen::width::{joins, properties, width};

const TEXTS: &[&str] = &[
    "plain ASCII",
    "ｆｕｌｌ 字 かな ｶﾞ",
    "e\u{301}\u{302} n\u{303} Z\u{35b}\u{315}",
    "\u{301}leads",
    "❤\u{fe0f} ☎\u{fe0e} 1\u{fe0f}\u{20e3} ☝🏽 ☝\u{fe0f}🏽",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦 👍🏽 🏳\u{fe0f}\u{200d}🌈 a\u{200d}👍 👍\u{200d}",
    "🇩🇪🇫🇷 🇩🇪🇫 🇩\u{301}🇪 a🇩",
    "한글 각 ᄀᄀ가각 ᅡ ᆨᆨ",
    "กำนี้ क्षि का नी\u{200d} தமிழ் བོད",
    "שָׁלוֹם \u{202e}bidi\u{202c} مَرْحَبًا \u{600}1",
    "a\u{200b}b\u{2060}c\u{feff}d \u{2028}x",
    "\u{e000}\u{10ffff}\u{1f1ff}\u{e0041}\u{1fad8}",
    "zalgo e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\
     \u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\
     \u{301}\u{301}\u{301}.",
];

/// By hand, so that a run is a line.
pub(crate) fn json(values: &[u8]) -> String {
    let mut runs = Vec::new();
    let mut start = 0;
    for run in values.chunk_by(|a, b| a == b) {
        runs.extend(run.first().map(|value| format!("[{start}, {}, {}]", value >> 2, value & 3)));
        start += run.len();
    }
    let texts: Vec<String> = TEXTS.iter().map(|text| vector(text)).collect();
    format!(
        "{{\n\"what\": \"runs: [first code point, class, width]; texts: [cell, width of its cluster]\",\n\"runs\": [\n{}\n],\n\"texts\": [\n{}\n]\n}}\n",
        runs.join(",\n"),
        texts.join(",\n")
    )
}

fn vector(text: &str) -> String {
    let cells: Vec<(String, u32)> = cells(text);
    serde_json::json!({ "text": text, "cells": cells }).to_string()
}

fn cells(text: &str) -> Vec<(String, u32)> {
    let mut cells: Vec<(String, u32)> = Vec::new();
    let mut preceding = 0;
    for character in text.chars() {
        preceding = properties(u32::from(character), preceding);
        match cells.last_mut() {
            Some(cell) if joins(preceding) => {
                cell.0.push(character);
                cell.1 = width(preceding);
            }
            _ => cells.push((character.to_string(), width(preceding))),
        }
    }
    cells
}
