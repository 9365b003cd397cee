//! `homie new`: starts a session, and attaches where there is a terminal.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use homie_protocol::methods::session::{Start, StartParams};

use crate::attach::{self, terminal};
use crate::cli::NewOptions;
use crate::here::with_machine;
use crate::listing::listed;
use crate::outcome::{Outcome, say, say_json};
use crate::settings::Settings;

/// Starts it.
pub(crate) fn new(options: &NewOptions) -> Outcome {
    let is_shown = !options.detach && !options.json && terminal::is_there();
    let settings = Settings::read()?;
    let (key, look) = (settings.detach_key(), attach::Look::typing(&settings));
    let params = StartParams {
        name: options.name.clone(),
        command: Some(options.command.clone()).filter(|command| !command.is_empty()),
        cwd: folder(options)?,
        env: None,
        size: options.size.or_else(terminal::size).unwrap_or_default(),
        pipes: None,
    };
    with_machine(options.on.machine(), async |here| {
        let session = here.ask::<Start>(&params).await?.session;
        if options.json {
            return say_json(&listed(&session, &here.machine));
        }
        if is_shown {
            return attach::show(&here, &session, &key, look).await;
        }
        say(&here.spoken(&session.name));
        Ok(())
    })
}

/// A folder of this machine says nothing of another's.
fn folder(options: &NewOptions) -> anyhow::Result<Option<String>> {
    let wanted = options.cwd.clone();
    let folder = match options.on.machine() {
        Some(_) => wanted,
        None => Some(from_here(wanted)?),
    };
    folder.map(text).transpose()
}

fn from_here(wanted: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let here = std::env::current_dir().context("this folder is gone; say another with --cwd")?;
    // An absolute path replaces the one it is joined to.
    Ok(wanted.map_or_else(|| here.clone(), |wanted| here.join(wanted)))
}

fn text(path: PathBuf) -> anyhow::Result<String> {
    path.into_os_string().into_string().map_err(|path| anyhow!("{} is not text", path.display()))
}
