//! Asks whoever sits at this terminal, a line at a time, while other things may happen.

use std::io::Write;

use homie_protocol::hello::Role;
use homie_protocol::pairing::SixDigits;
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

use crate::cli::GivenRole;
use crate::outcome::{Outcome, say};

/// The person.
pub(super) struct Person {
    lines: Lines<BufReader<Stdin>>,
}

impl Person {
    pub(super) fn new() -> Self {
        Self { lines: BufReader::new(tokio::io::stdin()).lines() }
    }

    /// Six digits, however they are grouped; `None` if there is nobody any more. May be dropped while it waits.
    pub(super) async fn digits(&mut self) -> Outcome<Option<SixDigits>> {
        loop {
            ask("The six digits it shows: ");
            let Some(line) = self.lines.next_line().await? else { return Ok(None) };
            match digits_in(&line) {
                Some(digits) => return Ok(Some(digits)),
                None => say("Six digits, please."),
            }
        }
    }

    /// A role; an empty line takes the usual one.
    pub(super) async fn role(&mut self) -> Outcome<Option<Role>> {
        loop {
            ask("It may be viewer, operator or owner [operator]: ");
            let Some(line) = self.lines.next_line().await? else { return Ok(None) };
            match line.trim() {
                "" => return Ok(Some(Role::Operator)),
                word => match <GivenRole as clap::ValueEnum>::from_str(word, true) {
                    Ok(role) => return Ok(Some(role.into())),
                    Err(_) => say("viewer looks, operator types too, owner also decides who may."),
                },
            }
        }
    }
}

/// The digits in a line, without what people put between them.
pub(super) fn digits_in(line: &str) -> Option<SixDigits> {
    let bare: String = line.chars().filter(|character| !character.is_whitespace() && *character != '-').collect();
    bare.parse().ok()
}

fn ask(question: &str) {
    let mut stdout = std::io::stdout();
    let _heard = write!(stdout, "{question}").and_then(|()| stdout.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_however_they_are_grouped() {
        for line in ["042137", " 042 137\r", "042-137", "0 4 2 1 3 7"] {
            assert_eq!(digits_in(line), "042137".parse().ok(), "{line:?}");
        }
        for line in ["", "42137", "0421377", "04213x", "０４２１３７"] {
            assert_eq!(digits_in(line), None, "{line:?}");
        }
    }
}
