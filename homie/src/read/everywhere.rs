//! `homie search --all`: the same text in the sessions of every machine of the mesh.

use anyhow::anyhow;
use homie_protocol::methods::machine::MachineState;
use homie_protocol::methods::session::SearchOutput;
use serde::Serialize;
use serde_json::json;

use super::{Found, Names, in_order, line, look, name_of, params};
use crate::cli::SearchOptions;
use crate::each::{Target, each};
use crate::here::on_runtime;
use crate::mesh::Mesh;
use crate::nodes::away;
use crate::outcome::{Failure, Outcome, remark, say, say_json};
use crate::style::{is_colourful, plain};

/// A line that was found, and on which machine, for programs. Its fields only ever become more.
#[derive(Debug, Serialize)]
struct Placed<'a> {
    machine: &'a str,
    #[serde(flatten)]
    found: Found<'a>,
}

/// A machine that could not be asked, and why.
#[derive(Debug, Serialize)]
struct Unanswered {
    machine: String,
    why: String,
}

/// A session that could not be searched.
#[derive(Debug, Serialize)]
struct Silent<'a> {
    machine: &'a str,
    name: &'a str,
}

/// What was found on a machine.
type Answer = (String, SearchOutput, Names);

/// Prints the lines that have the text, and names every machine that did not answer.
pub(super) fn search(options: &SearchOptions, text: &str) -> Outcome {
    let (answers, unanswered) = on_runtime(ask(options, text))?;
    let lines: Vec<_> = answers.iter().flat_map(placed).collect();
    let silent: Vec<_> = answers.iter().flat_map(silent).collect();
    if options.json {
        say_json(&json!({ "found": lines, "silent": silent, "unanswered": unanswered }))?;
    } else {
        let shown = |Placed { machine, found }: &Placed<'_>| {
            format!("{}:{}", plain(machine), line(found, text.chars().count(), is_colourful()))
        };
        for found in &lines {
            say(&shown(found));
        }
    }
    for Silent { machine, name } in &silent {
        remark(&format!("homie: {}:{} could not be searched", plain(machine), plain(name)));
    }
    for Unanswered { machine, why } in &unanswered {
        remark(&format!("homie: {} did not answer: {}", plain(machine), plain(why)));
    }
    if lines.is_empty() { Err(Failure::NotFound(anyhow!("no line has {text:?}"))) } else { Ok(()) }
}

async fn ask(options: &SearchOptions, text: &str) -> Outcome<(Vec<Answer>, Vec<Unanswered>)> {
    let mesh = Mesh::ask().await?;
    let (there, gone): (Vec<_>, Vec<_>) = mesh.machines.iter().partition(|machine| machine.state != MachineState::Away);
    let unanswered = gone.into_iter().map(|machine| {
        let why = machine.why.as_deref().unwrap_or_default();
        Unanswered { machine: machine.name.clone(), why: format!("it is {}: {why}", away(machine)) }
    });
    let mut unanswered: Vec<_> = unanswered.collect();
    let targets: Vec<_> = there.into_iter().map(Target::from).collect();
    let params = params(options, None, text);
    let asked = each(&targets, options.timeout, move |here| {
        let params = params.clone();
        async move { look(&here, &params).await }
    });
    let mut answers = Vec::new();
    for (target, answer) in targets.iter().zip(asked.await) {
        match answer {
            Ok((output, names)) => answers.push((target.name.clone(), output, names)),
            Err(why) => unanswered.push(Unanswered { machine: target.name.clone(), why }),
        }
    }
    Ok((answers, unanswered))
}

fn placed((machine, output, names): &Answer) -> impl Iterator<Item = Placed<'_>> {
    in_order(output).map(|(session, at)| {
        let found = super::found(session, name_of(names, session), at);
        Placed { machine, found }
    })
}

fn silent((machine, output, names): &Answer) -> impl Iterator<Item = Silent<'_>> {
    output.silent.iter().map(|session| Silent { machine, name: name_of(names, *session) })
}
