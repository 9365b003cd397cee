//! The figures of all sweeps as a table for people and as JSON for programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;

use crate::row::{Figure, Row};
use crate::subject::SubjectName;

/// The figures of all sweeps in one row.
type Values = BTreeMap<SubjectName, Vec<f64>>;

/// Every figure there is.
#[derive(Debug, Default)]
pub(crate) struct Report {
    figures: BTreeMap<(Row, Option<&'static str>), Values>,
    expected: BTreeSet<(Row, SubjectName)>,
}

/// What a program is told of one subject in one row.
#[derive(Debug, Serialize)]
struct Entry {
    row: String,
    subject: String,
    unit: &'static str,
    median: f64,
    min: f64,
    max: f64,
    reps: usize,
    /// To `raw`; for those on another host and for links, to the plain connection on the same way.
    ratio_to_raw: Option<f64>,
    #[serde(skip)]
    yardstick: SubjectName,
}

impl Report {
    /// These rows are to have a figure in the end.
    pub(crate) fn expect(&mut self, subject: SubjectName, rows: &[Row]) {
        self.expected.extend(rows.iter().map(|row| (*row, subject)));
    }

    /// Takes the figures of one scene; those that nobody asked for are left out.
    pub(crate) fn add(&mut self, subject: SubjectName, rows: &[Row], figures: &[Figure]) {
        for figure in figures.iter().filter(|figure| rows.contains(&figure.row)) {
            let row = self.figures.entry((figure.row, figure.detail)).or_default();
            row.entry(subject).or_default().push(figure.value);
        }
    }

    /// Whether each row that was expected has a figure.
    pub(crate) fn is_complete(&self) -> bool {
        self.expected
            .iter()
            .all(|(row, subject)| self.figures.get(&(*row, None)).is_some_and(|row| row.contains_key(subject)))
    }

    pub(crate) fn json(&self) -> anyhow::Result<String> {
        let rows = self.figures.iter().filter(|((_, detail), _)| detail.is_none());
        let entries: Vec<Entry> = rows.flat_map(|((row, _), subjects)| entries(*row, subjects)).collect();
        Ok(serde_json::to_string_pretty(&entries)? + "\n")
    }

    pub(crate) fn table(&self) -> String {
        let mut table = String::new();
        for ((row, detail), subjects) in &self.figures {
            let detail = detail.map(|detail| format!(", {detail}")).unwrap_or_default();
            line(&mut table, format_args!("\n{}{detail} ({})", row.name(), row.unit()));
            for entry in entries(*row, subjects) {
                let ratio = entry.ratio_to_raw.map(|ratio| format!("{ratio:8.2} × {}", entry.yardstick.name()));
                let spread = format!("{}–{}", short(entry.min), short(entry.max));
                line(
                    &mut table,
                    format_args!(
                        "  {:14}{:>9}  {spread:>16}{}",
                        entry.subject,
                        short(entry.median),
                        ratio.unwrap_or_default()
                    ),
                );
            }
        }
        table
    }
}

fn entries(row: Row, subjects: &Values) -> Vec<Entry> {
    let limit = |subject: SubjectName| subjects.get(&subject.yardstick(row)).map(|values| median(values));
    let entry = |(subject, values): (&SubjectName, &Vec<f64>)| Entry {
        row: row.name(),
        subject: subject.name(),
        unit: row.unit(),
        median: median(values),
        min: values.iter().copied().fold(f64::INFINITY, f64::min),
        max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        reps: values.len(),
        ratio_to_raw: limit(*subject).map(|limit| median(values) / limit).filter(|ratio| ratio.is_finite()),
        yardstick: subject.yardstick(row),
    };
    subjects.iter().map(entry).collect()
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = |at: usize| sorted.get(at).copied().unwrap_or(f64::NAN);
    let half = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) {
        f64::midpoint(middle(half.saturating_sub(1)), middle(half))
    } else {
        middle(half)
    }
}

/// As many digits as mean something.
fn short(value: f64) -> String {
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn line(table: &mut String, words: std::fmt::Arguments<'_>) {
    // A String takes everything.
    let _ = writeln!(table, "{words}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_ratios() {
        let mut report = Report::default();
        report.expect(SubjectName::Tmux, &[Row::EchoIdle]);
        assert!(!report.is_complete());
        for (subject, values) in [(SubjectName::Raw, [2.0, 1.0, 3.0]), (SubjectName::Tmux, [5.0, 4.0, 6.0])] {
            for value in values {
                report.add(subject, &[Row::EchoIdle], &[Figure::of(Row::EchoIdle, value), Figure::of(Row::Bulk, 1.0)]);
            }
        }
        assert!(report.is_complete());
        let entries: serde_json::Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        assert_eq!(
            entries,
            serde_json::json!([
                {"row": "echo_idle", "subject": "raw", "unit": "µs", "median": 2.0, "min": 1.0, "max": 3.0, "reps": 3,
                 "ratio_to_raw": 1.0},
                {"row": "echo_idle", "subject": "tmux", "unit": "µs", "median": 5.0, "min": 4.0, "max": 6.0, "reps": 3,
                 "ratio_to_raw": 2.5},
            ])
        );
    }

    #[test]
    fn those_on_another_host_are_told_in_ratio_to_the_plain_connection_there() {
        let mut report = Report::default();
        for (subject, value) in
            [(SubjectName::Raw, 1.0), (SubjectName::TcpTailnet, 4.0), (SubjectName::HomieServe, 6.0)]
        {
            report.add(subject, &[Row::EchoIdle], &[Figure::of(Row::EchoIdle, value)]);
        }
        let entries: serde_json::Value = serde_json::from_str(&report.json().unwrap()).unwrap();
        let ratios: Vec<_> = entries.as_array().unwrap().iter().map(|entry| &entry["ratio_to_raw"]).collect();
        assert_eq!(ratios, [1.0, 1.0, 1.5]);
        assert!(report.table().contains("1.50 × tcp+tailnet"), "{}", report.table());
    }

    #[test]
    fn a_median_of_two_lies_between() {
        assert!((median(&[1.0, 2.0]) - 1.5).abs() < f64::EPSILON);
    }
}
