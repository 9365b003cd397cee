//! What differs between two outputs, line by line. Pure.

/// Lines compared with lines, at most; of more it is said that all of it differs.
const MOST: usize = 4_000_000;

/// A line of a comparison: `-` is missing in the second, `+` is there alone. What both have is left out.
pub(super) fn differences(first: &str, second: &str) -> Vec<String> {
    let (mut first, mut second): (Vec<_>, Vec<_>) = (first.lines().collect(), second.lines().collect());
    let same = first.iter().zip(&second).take_while(|(one, other)| one == other).count();
    (first, second) = (first.split_off(same), second.split_off(same));
    while !first.is_empty() && first.last() == second.last() {
        first.pop();
        second.pop();
    }
    let only = |sign: char| move |line: &&str| format!("{sign} {line}");
    if first.len().saturating_mul(second.len()) > MOST {
        return first.iter().map(only('-')).chain(second.iter().map(only('+'))).collect();
    }
    walk(&first, &second, &lengths(&first, &second))
}

/// How long the longest common part is of what is left from each place on: a row for each line of the first.
fn lengths(first: &[&str], second: &[&str]) -> Vec<Vec<u32>> {
    let mut rows = vec![vec![0; second.len() + 1]];
    for one in first.iter().rev() {
        let below = rows.last().map_or(&[][..], Vec::as_slice);
        let mut row = vec![0; second.len() + 1];
        for place in (0..second.len()).rev() {
            let at = |row: &[u32], place: usize| row.get(place).copied().unwrap_or_default();
            let longest = if second.get(place) == Some(one) {
                at(below, place + 1) + 1
            } else {
                at(below, place).max(at(&row, place + 1))
            };
            if let Some(cell) = row.get_mut(place) {
                *cell = longest;
            }
        }
        rows.push(row);
    }
    rows.reverse();
    rows
}

fn walk(first: &[&str], second: &[&str], lengths: &[Vec<u32>]) -> Vec<String> {
    let length =
        |one: usize, other: usize| lengths.get(one).and_then(|row| row.get(other)).copied().unwrap_or_default();
    let (mut one, mut other, mut told) = (0, 0, Vec::new());
    loop {
        match (first.get(one), second.get(other)) {
            (Some(line), Some(same)) if line == same => (one, other) = (one + 1, other + 1),
            (Some(line), Some(_)) if length(one + 1, other) >= length(one, other + 1) => {
                told.push(format!("- {line}"));
                one += 1;
            }
            (Some(line), None) => {
                told.push(format!("- {line}"));
                one += 1;
            }
            (_, Some(line)) => {
                told.push(format!("+ {line}"));
                other += 1;
            }
            (None, None) => return told,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told_and_in_order() {
        assert_eq!(differences("a\nb\nc\n", "a\nb\nc\n"), [""; 0]);
        assert_eq!(differences("a\nb\nc\n", "a\nx\nc\n"), ["- b", "+ x"]);
        assert_eq!(differences("a\nb\nc\nd\n", "b\nc\ne\nd\n"), ["- a", "+ e"]);
        assert_eq!(differences("", "new\n"), ["+ new"]);
        assert_eq!(differences("gone\n", ""), ["- gone"]);
    }

    #[test]
    fn what_is_too_long_to_compare_differs_as_a_whole() {
        let numbers = |from: usize| (from..from + 2_100).fold(String::new(), |text, line| text + &format!("{line}\n"));
        assert_eq!(differences(&numbers(0), &numbers(10_000)).len(), 4_200);
    }
}
