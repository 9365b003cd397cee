//! What the machines have said, as it is told: line by line as it comes, in groups of equal output, or as JSON.

use std::io::{IsTerminal, Write};

use serde_json::{Value, json};

use super::diff::differences;
use super::lines::Lines;
use super::task::{Ended, Said};
use crate::cli::ToldOptions;
use crate::listing::exit_code;
use crate::outcome::{Outcome, code_and_words, remark, say_json};
use crate::style::{Style, is_colourful, plain};

/// Bytes of output that are kept of each machine where it is told at the end.
const KEPT: usize = 16 * 1024 * 1024;

/// The exit code of a command that took too long, as `timeout` has it.
const LATE: u8 = 124;

/// How it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Each line when it comes, behind the machine's name.
    Lines,
    /// All of it at the end, equal outputs once.
    Groups,
    /// The same, of all but the most frequent output what differs from that.
    Differences,
    /// For programs, at the end.
    Json,
}

/// What was heard of one machine.
#[derive(Debug)]
pub(super) struct Heard {
    machine: String,
    lines: Lines,
    output: Vec<u8>,
    is_cut: bool,
    ended: Option<Ended>,
}

impl Heard {
    pub(super) fn new(machine: &str) -> Self {
        Self { machine: machine.to_owned(), lines: Lines::default(), output: Vec::new(), is_cut: false, ended: None }
    }

    /// Hears more, and tells it if it is to be told at once.
    pub(super) fn hear(&mut self, said: Said, manner: Manner) {
        let Self { machine, lines, .. } = self;
        match said {
            Said::Output(bytes) if manner == Manner::Lines => lines.take(&bytes, |line| tell_line(machine, line)),
            Said::Output(bytes) => {
                let room = KEPT - self.output.len();
                self.is_cut |= bytes.len() > room;
                self.output.extend_from_slice(bytes.get(..room).unwrap_or(&bytes));
            }
            Said::Ended(ended) => {
                lines.end(|line| tell_line(machine, line));
                self.ended = Some(ended);
            }
        }
    }

    /// The code that it ended with.
    pub(super) fn code(&self) -> u8 {
        match &self.ended {
            Some(Ended::Exited(status)) => u8::try_from(exit_code(*status)).unwrap_or(1),
            Some(Ended::TimedOut(_)) => LATE,
            Some(Ended::Stopped) => 128 + 2,
            Some(Ended::Failed(failure)) => code_and_words(failure).0,
            None => 1,
        }
    }

    /// What went wrong, in words.
    fn why(&self) -> Option<String> {
        match &self.ended {
            Some(Ended::Exited(status)) => match (status.code, status.signal) {
                (Some(0), _) => None,
                (_, Some(signal)) => Some(format!("was ended by signal {signal}")),
                (code, None) => Some(format!("ended with exit code {}", code.unwrap_or(1))),
            },
            Some(Ended::TimedOut(limit)) => {
                Some(format!("took longer than {} seconds, and was ended", limit.as_secs()))
            }
            Some(Ended::Stopped) => Some("was ended before it was done".to_owned()),
            Some(Ended::Failed(failure)) => Some(format!("could not be done: {}", code_and_words(failure).1)),
            None => Some("was lost".to_owned()),
        }
    }

    fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.output).into_owned();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text
    }

    fn json(&self) -> Value {
        let status = match &self.ended {
            Some(Ended::Exited(status)) => Some(*status),
            _ => None,
        };
        json!({
            "machine": self.machine,
            "code": self.code(),
            "exit_code": status.and_then(|status| status.code),
            "signal": status.and_then(|status| status.signal),
            "output": String::from_utf8_lossy(&self.output),
            "is_cut": self.is_cut,
            "why": self.why(),
        })
    }
}

impl Manner {
    pub(super) fn of(options: ToldOptions) -> Self {
        match (options.json, options.diff, options.group) {
            (true, _, _) => Self::Json,
            (_, true, _) => Self::Differences,
            (_, _, true) => Self::Groups,
            _ => Self::Lines,
        }
    }

    /// Tells what is told at the end, and each machine on which it went wrong.
    pub(super) fn tell_all(self, heard: &[Heard]) -> Outcome {
        match self {
            Self::Json => say_json(&json!({ "machines": heard.iter().map(Heard::json).collect::<Vec<_>>() }))?,
            Self::Groups | Self::Differences => tell_groups(&groups(heard), self),
            Self::Lines => {}
        }
        for heard in heard {
            if let Some(why) = heard.why() {
                remark(&format!("homie: {}: {}", plain(&heard.machine), plain(&why)));
            }
            if heard.is_cut {
                remark(&format!(
                    "homie: {}: only the first {KEPT} bytes of its output are told",
                    plain(&heard.machine)
                ));
            }
        }
        Ok(())
    }
}

/// Machines that have said the same, and what.
#[derive(Debug, PartialEq, Eq)]
struct Group {
    machines: Vec<String>,
    output: String,
}

/// The largest first, else as the machines stand.
fn groups(heard: &[Heard]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for heard in heard {
        let output = heard.text();
        match groups.iter_mut().find(|group| group.output == output) {
            Some(group) => group.machines.push(heard.machine.clone()),
            None => groups.push(Group { machines: vec![heard.machine.clone()], output }),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.machines.len()));
    groups
}

fn tell_groups(groups: &[Group], manner: Manner) {
    for (place, Group { machines, output }) in groups.iter().enumerate() {
        let names = machines.join(", ");
        let first = groups.first().filter(|_| place > 0 && manner == Manner::Differences);
        let head = if first.is_some() { format!("{names} differs:") } else { format!("{names}:") };
        write(&[painted(&head).as_bytes(), b"\n"].concat());
        match first {
            None => output.lines().for_each(|line| write(&[&shown(line.as_bytes())[..], b"\n"].concat())),
            Some(first) => differences(&first.output, output)
                .iter()
                .for_each(|line| write(&[&shown(line.as_bytes())[..], b"\n"].concat())),
        }
    }
}

fn tell_line(machine: &str, line: &[u8]) {
    write(&[painted(&format!("{machine}:")).as_bytes(), b" ", &shown(line), b"\n"].concat());
}

fn painted(name: &str) -> String {
    let name = plain(name);
    if is_colourful() { Style::Strong.paint(&name) } else { name }
}

/// A line as it came; on a terminal without anything that it would obey.
fn shown(line: &[u8]) -> Vec<u8> {
    if !std::io::stdout().is_terminal() {
        return line.to_vec();
    }
    let text = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
    let parts: Vec<_> = text.split('\t').map(plain).collect();
    parts.join("\t").into_bytes()
}

/// One who listens no more is no reason to stop.
fn write(bytes: &[u8]) {
    let _heard = std::io::stdout().write_all(bytes);
}

#[cfg(test)]
mod tests {
    use homie_protocol::methods::session::ExitStatus;

    use super::*;

    fn heard(machine: &str, output: &str, code: i32) -> Heard {
        let mut heard = Heard::new(machine);
        heard.hear(Said::Output(output.to_owned().into()), Manner::Groups);
        heard.hear(Said::Ended(Ended::Exited(ExitStatus { code: Some(code), signal: None })), Manner::Groups);
        heard
    }

    #[test]
    fn equal_outputs_are_one_group_and_the_largest_comes_first() {
        let all = [heard("a", "two\n", 0), heard("b", "one\n", 0), heard("c", "one", 0)];
        let groups: Vec<_> = groups(&all).into_iter().map(|group| (group.machines.join(", "), group.output)).collect();
        assert_eq!(groups, [("b, c".to_owned(), "one\n".to_owned()), ("a".to_owned(), "two\n".to_owned())]);
    }

    #[test]
    fn what_a_machine_says_is_kept_up_to_a_limit() {
        let mut endless = Heard::new("a");
        for _ in 0..20 {
            endless.hear(Said::Output(vec![b'x'; 1024 * 1024].into()), Manner::Json);
        }
        assert_eq!((endless.output.len(), endless.is_cut), (KEPT, true));
    }

    #[test]
    fn each_end_has_its_code_and_its_words() {
        assert_eq!((heard("a", "", 0).code(), heard("a", "", 0).why()), (0, None));
        let failed = heard("a", "", 3);
        assert_eq!((failed.code(), failed.why().as_deref()), (3, Some("ended with exit code 3")));
        let mut late = Heard::new("a");
        late.hear(Said::Ended(Ended::TimedOut(std::time::Duration::from_secs(5))), Manner::Lines);
        assert_eq!((late.code(), late.why().as_deref()), (124, Some("took longer than 5 seconds, and was ended")));
        let mut lost = Heard::new("a");
        let away = crate::outcome::Failure::Unreachable(anyhow::anyhow!("it is off"));
        lost.hear(Said::Ended(Ended::Failed(away)), Manner::Lines);
        assert_eq!((lost.code(), lost.why().as_deref()), (5, Some("could not be done: it is off")));
    }
}
