//! Things that cells name by number, so that a cell stays small and is copied without counting.
//!
//! Numbers begin at 1; 0 is none. What no cell names any more is swept out when the table has doubled.

use std::collections::HashMap;
use std::hash::Hash;

/// A table of interned values.
#[derive(Debug, Clone)]
pub(crate) struct Interned<T> {
    values: Vec<Option<T>>,
    numbers: HashMap<T, u32>,
    free: Vec<u32>,
    sweep_at: usize,
}

/// The fewest values at which sweeping is worth its time.
const SWEEP_FROM: usize = 1024;

impl<T: Clone + Eq + Hash> Interned<T> {
    pub(crate) fn new() -> Self {
        Self { values: Vec::new(), numbers: HashMap::new(), free: Vec::new(), sweep_at: SWEEP_FROM }
    }

    /// The number of a value.
    pub(crate) fn number(&mut self, value: T) -> u32 {
        if let Some(number) = self.numbers.get(&value) {
            return *number;
        }
        let number = if let Some(number) = self.free.pop() {
            if let Some(place) = self.values.get_mut(index(number)) {
                *place = Some(value.clone());
            }
            number
        } else {
            self.values.push(Some(value.clone()));
            u32::try_from(self.values.len()).unwrap_or(u32::MAX)
        };
        self.numbers.insert(value, number);
        number
    }

    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        self.values.get(index(number))?.as_ref()
    }

    /// All values.
    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.values.iter().flatten()
    }

    /// How many values are kept.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether enough has come in that sweeping pays.
    pub(crate) fn is_full(&self) -> bool {
        self.len() >= self.sweep_at
    }

    /// Forgets what is not in use.
    pub(crate) fn sweep(&mut self, used: impl Iterator<Item = u32>) {
        let mut keep = vec![false; self.values.len()];
        for number in used {
            if let Some(mark) = keep.get_mut(index(number)) {
                *mark = true;
            }
        }
        for (place, (value, keep)) in self.values.iter_mut().zip(keep).enumerate() {
            if keep {
                continue;
            }
            if let Some(value) = value.take() {
                self.numbers.remove(&value);
                self.free.push(u32::try_from(place + 1).unwrap_or(u32::MAX));
            }
        }
        self.sweep_at = SWEEP_FROM.max(self.len() * 2);
    }
}

fn index(number: u32) -> usize {
    number.wrapping_sub(1) as usize
}

#[cfg(test)]
mod tests {
    use super::Interned;

    #[test]
    fn unused_values_make_room() {
        let mut table = Interned::new();
        let kept = table.number("kept".to_owned());
        for round in 0..10_000 {
            if table.is_full() {
                table.sweep([kept].into_iter());
            }
            table.number(format!("{round}"));
        }
        assert_eq!(table.get(kept).map(String::as_str), Some("kept"));
        assert!(table.len() <= super::SWEEP_FROM);
        assert_eq!(table.get(0), None);
    }
}
