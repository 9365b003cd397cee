//! National and line-drawing character sets, and which of them is in force.

/// Each set: its designator, the characters it replaces, and by what. US is `B` and replaces nothing.
const SETS: &[(u8, &str, &str)] = &[
    (b'0', "`abcdefghijklmnopqrstuvwxyz{|}~", "◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·"),
    (b'A', "#", "£"),
    (b'4', "#@[\\]{|}~", "£¾i½|¨f¼´"),
    (b'C', "[\\]^`{|}~", "ÄÖÅÜéäöåü"),
    (b'R', "#@[\\]{|}~", "£à°ç§éùè¨"),
    (b'Q', "@[\\]^`{|}~", "àâçêîôéùèû"),
    (b'K', "@[\\]{|}~", "§ÄÖÜäöüß"),
    (b'Y', "#@[\\]`{|}~", "£§°çéùàòèì"),
    (b'E', "@[\\]^`{|}~", "ÄÆØÅÜäæøåü"),
    (b'Z', "#@[\\]{|}", "£§¡Ñ¿°ñç"),
    (b'H', "@[\\]^`{|}~", "ÉÄÖÅÜéäöåü"),
    (b'=', "#@[\\]^_`{|}~", "ùàéçêîèôäöüû"),
];

/// No replacement.
pub(crate) const US: u8 = b'B';

/// The four places for sets, and the one in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Charsets {
    sets: [u8; 4],
    /// How many places were ever named: what is saved with the cursor is as long as that.
    named: usize,
    level: usize,
}

impl Default for Charsets {
    fn default() -> Self {
        Self { sets: [US; 4], named: 0, level: 0 }
    }
}

impl Charsets {
    /// Puts a set into a place.
    pub(crate) fn set(&mut self, place: usize, set: u8) {
        if let Some(slot) = self.sets.get_mut(place) {
            *slot = set;
            self.named = self.named.max(place + 1);
        }
    }

    /// Takes the places that were saved, and the saved level.
    pub(crate) fn restore(&mut self, saved: Self) {
        for (place, set) in saved.sets.iter().enumerate().take(saved.named) {
            self.set(place, *set);
        }
        self.level = saved.level;
    }

    pub(crate) fn shift(&mut self, level: usize) {
        self.level = level;
    }

    pub(crate) const fn level(self) -> usize {
        self.level
    }

    /// The sets that were ever named, in order.
    pub(crate) fn named(&self) -> &[u8] {
        self.sets.get(..self.named).unwrap_or_default()
    }

    /// The set in force.
    pub(crate) fn current(self) -> u8 {
        self.sets.get(self.level).copied().unwrap_or(US)
    }
}

/// The set that a designator means; some have two names.
pub(crate) fn designated(name: u8) -> Option<u8> {
    let name = match name {
        b'5' => b'C',
        b'6' => b'E',
        b'7' => b'H',
        other => other,
    };
    (name == US || SETS.iter().any(|(set, ..)| *set == name)).then_some(name)
}

/// What a set makes of an ASCII character.
pub(crate) fn mapped(set: u8, code: u32) -> u32 {
    replaced(set, code, |(from, _)| from, |(_, to)| to).unwrap_or(code)
}

/// Which ASCII character a set makes this of, or itself if it leaves it alone.
pub(crate) fn unmapped(set: u8, code: u32) -> Option<u32> {
    if let Some(from) = replaced(set, code, |(_, to)| to, |(from, _)| from) {
        return Some(from);
    }
    (mapped(set, code) == code).then_some(code)
}

type Pair = (char, char);

fn replaced(set: u8, code: u32, key: fn(Pair) -> char, value: fn(Pair) -> char) -> Option<u32> {
    let (_, from, to) = SETS.iter().find(|(name, ..)| *name == set)?;
    let mut pairs = from.chars().zip(to.chars());
    pairs.find(|pair| u32::from(key(*pair)) == code).map(|pair| u32::from(value(pair)))
}

#[cfg(test)]
mod tests {
    use super::{SETS, designated, mapped, unmapped};

    #[test]
    fn every_set_can_be_undone() {
        for (set, from, to) in SETS {
            assert_eq!(from.chars().count(), to.chars().count());
            for code in from.chars().map(u32::from) {
                assert_eq!(mapped(*set, code), mapped(*set, unmapped(*set, mapped(*set, code)).unwrap()));
            }
        }
        assert_eq!(mapped(b'0', u32::from('q')), 0x2500);
        assert_eq!(designated(b'5'), Some(b'C'));
        assert_eq!(designated(b'%'), None);
    }
}
