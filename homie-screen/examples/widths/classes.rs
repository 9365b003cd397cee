//! The class and the width of each code point, from Unicode's properties.

use icu_properties::props::{EastAsianWidth, ExtendedPictographic, GeneralCategory, GraphemeClusterBreak};
use icu_properties::{CodePointMapData, CodePointSetData};

const OTHER: u8 = 0;
const EXTEND: u8 = 1;
const ZWJ: u8 = 2;
const PICTOGRAPH: u8 = 3;
const FLAG: u8 = 4;
const HANGUL_L: u8 = 5;
const HANGUL_V: u8 = 6;
const HANGUL_T: u8 = 7;
const HANGUL_LV: u8 = 8;
const HANGUL_LVT: u8 = 9;
const VS16: u8 = 10;

/// `class << 2 | width`, as both languages look it up.
pub(crate) fn value(code: u32) -> u8 {
    let class = class(code);
    class << 2 | width(code, class)
}

fn class(code: u32) -> u8 {
    if code == 0xfe0f {
        return VS16;
    }
    match CodePointMapData::<GraphemeClusterBreak>::new().get32(code) {
        GraphemeClusterBreak::Extend if joins(code) => EXTEND,
        // Zero-width and bidi controls; those of ASCII and C1 never reach a table.
        GraphemeClusterBreak::Control if category(code) != GeneralCategory::Control => format(code),
        GraphemeClusterBreak::ZWJ => ZWJ,
        GraphemeClusterBreak::RegionalIndicator => FLAG,
        GraphemeClusterBreak::L => HANGUL_L,
        GraphemeClusterBreak::V => HANGUL_V,
        GraphemeClusterBreak::T => HANGUL_T,
        GraphemeClusterBreak::LV => HANGUL_LV,
        GraphemeClusterBreak::LVT => HANGUL_LVT,
        _ if CodePointSetData::new::<ExtendedPictographic>().contains32(code) => PICTOGRAPH,
        _ => OTHER,
    }
}

/// Surrogates are no characters.
fn format(code: u32) -> u8 {
    if category(code) == GeneralCategory::Surrogate { OTHER } else { EXTEND }
}

/// Marks that take a column, as programs count them, are cells of their own: spacing marks, and the halfwidth voiced marks
/// of Katakana. Skin tones are symbols that join.
fn joins(code: u32) -> bool {
    let tone = (0x1f3fb..=0x1f3ff).contains(&code);
    let zero_width = [GeneralCategory::NonspacingMark, GeneralCategory::EnclosingMark, GeneralCategory::Format];
    tone || zero_width.contains(&category(code))
}

/// Ambiguous characters are narrow: what programs assume that run outside East Asian legacy encodings.
fn width(code: u32, class: u8) -> u8 {
    let wide = matches!(
        CodePointMapData::<EastAsianWidth>::new().get32(code),
        EastAsianWidth::Wide | EastAsianWidth::Fullwidth
    );
    match class {
        EXTEND if !wide => 0,
        ZWJ | VS16 => 0,
        _ if category(code) == GeneralCategory::Control => 0,
        _ => 1 + u8::from(wide),
    }
}

fn category(code: u32) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get32(code)
}
