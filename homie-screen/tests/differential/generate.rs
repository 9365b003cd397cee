//! Streams that no program prints, from every sequence that the model knows. Tame ones are well formed; wild ones have C1
//! controls, bytes that are no UTF-8, sequences broken off and sequences nobody knows.

use homie_screen::Size;

use crate::dice::Dice;
use crate::stream::{Stream, size};

const SEQUENCES: usize = 600;

const TEXTS: &[&str] = &[
    "a",
    "Z",
    "hello ",
    "the quick brown fox ",
    "0123456789012345678901234567890123456789",
    "lqqqk",
    " ",
    "  ",
    "字",
    "日本語",
    "ﾊﾝｶｸ",
    "e\u{301}",
    "\u{301}",
    "\u{308}\u{304}",
    "👍",
    "👍🏽",
    "🏽",
    "👩\u{200d}👩\u{200d}👧",
    "\u{200d}",
    "🇩🇪",
    "🇫",
    "❤\u{fe0f}",
    "\u{fe0f}",
    "☎",
    "한국",
    "각",
    "ᆨ",
    "กำ",
    "क्षि",
    "שָׁ",
    "\u{ad}",
    "\u{feff}",
    "\u{e000}",
    "─│┌",
];
const CONTROLS: &[&str] = &["\r", "\n", "\r\n", "\r\n", "\x08", "\t", "\x0b", "\x0c", "\x0e", "\x0f", "\x07", "\0"];
/// With up to two small numbers.
const FINALS: &[&str] = &[
    "A", "B", "C", "D", "E", "F", "G", "H", "H", "H", "f", "I", "Z", "J", "K", "L", "M", "P", "@", "X", "S", "T", "^",
    "a", "b", "d", "e", "`", "r", "r", "s", "u", "g",
];
const RARE: &[&str] = &[
    "\x1b7",
    "\x1b8",
    "\x1bD",
    "\x1bM",
    "\x1bE",
    "\x1bH",
    "\x1b=",
    "\x1b>",
    "\x1b#8",
    "\x1b[!p",
    "\x1b(0",
    "\x1b(B",
    "\x1b)0",
    "\x1b*A",
    "\x1b(K",
    "\x1bn",
    "\x1bo",
    "\x1b[?J",
    "\x1b[?1K",
    "\x1b[1\"q",
    "\x1b[0\"q",
    "\x1b[22;0t",
    "\x1b[23;0t",
    "\x1b[22;2t",
    "\x1b[23;1t",
    "\x1b[4h",
    "\x1b[4l",
    "\x1b[20h",
    "\x1b[20l",
    "\x1b[0 q",
    "\x1b[3 q",
    "\x1b[6 q",
    "\x1b[>1u",
    "\x1b[<u",
    "\x1b[=5;1u",
    "\x1b[2 @",
    "\x1b[1 A",
    "\x1b[2'}",
    "\x1b[1'~",
    "\x1b[3J",
];
const MODES: &[u16] = &[
    1, 6, 6, 7, 7, 9, 12, 25, 45, 47, 66, 1000, 1002, 1003, 1004, 1005, 1006, 1016, 1047, 1048, 1049, 1049, 2004, 2026,
    2031, 3,
];
const COMMANDS: &[&str] = &[
    "0;title",
    "1;icon",
    "2;ünïcode",
    "4;1;#ff0000",
    "4;200;rgb:12/34/56;3;red",
    "104;1",
    "104",
    "10;#abcdef",
    "11;#123456",
    "12;#ffffff",
    "110",
    "112",
    "8;;https://example.org/a",
    "8;id=x;https://example.org/b",
    "8;;",
    "8;;",
    "7;file:///tmp",
    "52;c;aGk=",
    "9;note",
    "133;A",
    "777;notify;a;b",
];
const WILD: &[&[u8]] = &[
    b"\x80",
    b"\xc2",
    b"\xe3\x81",
    b"\xf0\x9f\x91",
    b"\xff",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xc2\x9b3D",
    b"\xc2\x84",
    b"\xc2\x85",
    b"\xc2\x88",
    b"\xc2\x8d",
    b"\xc2\x9b31m",
    b"\xc2\x9d2;c1\xc2\x9c",
    b"\x1b[3\x18",
    b"\x1b[1;\x1a",
    b"\x1b[2\x1b[1m",
    b"\x1b]2;cut\x1b[1C",
    b"\x1b]2;cut\x18",
    b"\x1bP1$qm\x1b\\",
    b"\x1bPq#0~\x1b\\",
    b"\x1bX sos \x1b\\",
    b"\x1b^ pm \x1b\\",
    b"\x1b_ apc \x1b\\",
    b"\x1b_cut\x18",
    b"\x1bP\xe2\x9c\x93\xc2\x9c",
    b"\x1b[38;5m",
    b"\x1b[38:2::1:2:3m",
    b"\x1b[4:3m",
    b"\x1b[58;5;9m",
    b"\x1b[99999999999A",
    b"\x1b[;;;H",
    b"\x1b[?1;2;3;4;5;6;7h",
    b"\x1b[3\rC",
    b"\x1b[1\nB",
    b"\x1b[<5y",
    b"\x1b[=1;2$z",
    b"\x1b%G",
    b"\x1b(%5",
    b"\x1b ",
    b"\x7f",
    b"\x1bc",
    b"\x1b]4;1;?\x07",
    b"\x1b[c",
    b"\x1b[6n",
    b"\x1b]\x07",
    b"\x1b];\x07",
    b"\x1b[1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18m",
];

pub(crate) fn tame(number: u64) -> Stream {
    stream(&format!("tame-{number}"), number, false)
}

pub(crate) fn wild(number: u64) -> Stream {
    stream(&format!("wild-{number}"), number, true)
}

fn stream(name: &str, number: u64, wild: bool) -> Stream {
    let grid = if number.is_multiple_of(2) { size(80, 24) } else { size(20, 6) };
    let mut dice = Dice::new(name, 0);
    let mut bytes = Vec::new();
    for _ in 0..SEQUENCES {
        if wild && dice.one_in(8) {
            bytes.extend(dice.pick(WILD));
        } else {
            bytes.extend(unit(&mut dice, grid).into_bytes());
        }
    }
    Stream { name: name.to_owned(), size: grid, bytes, resizes: Vec::new() }
}

fn unit(dice: &mut Dice, size: Size) -> String {
    match dice.below(20) {
        0..=7 => dice.pick(TEXTS).to_owned(),
        8..=9 => dice.pick(CONTROLS).to_owned(),
        10..=13 => format!("\x1b[{}{}", numbers(dice, size), dice.pick(FINALS)),
        14..=15 => format!("\x1b[{}m", style(dice)),
        16 => format!("\x1b[?{}{}", dice.pick(MODES), dice.pick(&["h", "l"])),
        17 => format!("\x1b]{}{}", dice.pick(COMMANDS), dice.pick(&["\x07", "\x1b\\"])),
        18 => format!("\x1b[{};{}H", 1 + dice.below(size.rows().into()), 1 + dice.below(size.cols().into())),
        _ => dice.pick(RARE).to_owned(),
    }
}

fn numbers(dice: &mut Dice, size: Size) -> String {
    let most = usize::from(if dice.one_in(4) { size.cols() } else { size.rows() }) + 2;
    match dice.below(5) {
        0 => String::new(),
        1 => format!("{};{}", dice.below(most), dice.below(most)),
        2 => dice.below(4).to_string(),
        _ => dice.below(most).to_string(),
    }
}

fn style(dice: &mut Dice) -> String {
    match dice.below(8) {
        0 => String::new(),
        1 => format!("38;5;{}", dice.below(256)),
        2 => format!("48;2;{};{};{}", dice.below(256), dice.below(256), dice.below(256)),
        3 => format!("4:{}", dice.below(6)),
        4 => format!("58;5;{}", dice.below(256)),
        5 => format!("{};{}", dice.below(10), 30 + dice.below(8)),
        _ => dice
            .pick(&[0, 1, 2, 3, 4, 5, 7, 8, 9, 21, 22, 23, 24, 25, 27, 28, 29, 39, 41, 44, 49, 53, 55, 59, 91, 103])
            .to_string(),
    }
}
