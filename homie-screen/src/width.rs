//! How wide a character is, and whether it joins the cell before it: one rule for us and for the viewers' xterm.js.
//!
//! The numbers are those of xterm.js's `charProperties`: `state << 3 | width << 1 | joins`, where the state is all that the
//! next character needs to know. `terminal/src/width-provider.ts` is the same rule; `spec/widths.json` is read by the tests
//! of both. Clusters join marks, flags, Hangul and emoji joined by ZWJ; what readline, vim and tmux count as a column of
//! its own (spacing marks) stays a cell of its own.

mod table;
#[cfg(test)]
mod tests;

/// The code points that a cell takes; the next one begins a new cell. Without it a program could grow one cell for ever.
pub const CLUSTER_MAX: u32 = 32;

/// The classes of the table (`examples/widths`), and one more that only a state can have.
mod class {
    pub(super) const EXTEND: u32 = 1;
    pub(super) const ZWJ: u32 = 2;
    pub(super) const PICTOGRAPH: u32 = 3;
    pub(super) const FLAG: u32 = 4;
    pub(super) const HANGUL_L: u32 = 5;
    pub(super) const HANGUL_V: u32 = 6;
    pub(super) const HANGUL_T: u32 = 7;
    pub(super) const HANGUL_LV: u32 = 8;
    pub(super) const HANGUL_LVT: u32 = 9;
    pub(super) const VS16: u32 = 10;
    /// A pictograph and a ZWJ: the next pictograph joins.
    pub(super) const PICTOGRAPH_ZWJ: u32 = 11;
}

/// What `code` is after a character whose properties were `preceding`; 0 is nothing, or a control.
pub fn properties(code: u32, preceding: u32) -> u32 {
    let (own, own_width) = look_up(code);
    let (before, count) = (preceding >> 3 & 0xf, preceding >> 7);
    if preceding == 0 || count >= CLUSTER_MAX || !joins_class(before, own) {
        return pack(own, 1, own_width.max(1), false);
    }
    // Two flag letters take the columns that they are counted as; VS16 asks for the wide picture.
    let wanted = if matches!(own, class::VS16 | class::FLAG) { 2 } else { own_width };
    pack(next_class(before, own), count + 1, wanted.max(width(preceding)), true)
}

/// The width of the cluster so far: 1 or 2.
pub const fn width(properties: u32) -> u32 {
    properties >> 1 & 3
}

/// Whether the character belongs to the cell before it.
pub const fn joins(properties: u32) -> bool {
    properties & 1 == 1
}

const fn pack(class: u32, count: u32, width: u32, joins: bool) -> u32 {
    (count << 4 | class) << 3 | width << 1 | joins as u32
}

fn look_up(code: u32) -> (u32, u32) {
    let value = table::value(code);
    (value >> 2, value & 3)
}

const fn joins_class(before: u32, own: u32) -> bool {
    match own {
        class::EXTEND | class::ZWJ | class::VS16 => true,
        class::PICTOGRAPH => before == class::PICTOGRAPH_ZWJ,
        class::FLAG => before == class::FLAG,
        class::HANGUL_L | class::HANGUL_LV | class::HANGUL_LVT => before == class::HANGUL_L,
        class::HANGUL_V => matches!(before, class::HANGUL_L | class::HANGUL_LV | class::HANGUL_V),
        class::HANGUL_T => {
            matches!(before, class::HANGUL_LV | class::HANGUL_V | class::HANGUL_LVT | class::HANGUL_T)
        }
        _ => false,
    }
}

/// The class of a cluster that `own` has joined.
const fn next_class(before: u32, own: u32) -> u32 {
    match (before, own) {
        (class::PICTOGRAPH, class::ZWJ) => class::PICTOGRAPH_ZWJ,
        (class::PICTOGRAPH, class::EXTEND | class::VS16) => class::PICTOGRAPH,
        // Two flag letters are a flag; the third begins another.
        (_, class::FLAG) => class::EXTEND,
        _ => own,
    }
}
