//! `homie new`: starts a session, and attaches where there is a terminal.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use homie_protocol::methods::session::{Start, StartParams};

use crate::attach::{self, terminal};
use crate::cli::NewOptions;
use crate::here::with_node;
use crate::listing::listed;
use crate::outcome::{Outcome, say, say_json};
use crate::settings::Settings;

/// Starts it.
pub(crate) fn new(options: NewOptions) -> Outcome {
    let is_shown = !options.detach && !options.json && terminal::is_there();
    let settings = Settings::read()?;
    let (key, look) = (settings.detach_key(), attach::Look::typing(&settings));
    let params = StartParams {
        name: options.name,
        command: Some(options.command).filter(|command| !command.is_empty()),
        cwd: Some(folder(options.cwd)?),
        env: None,
        size: options.size.or_else(terminal::size).unwrap_or_default(),
    };
    with_node(async |here| {
        let session = here.ask::<Start>(&params).await?.session;
        if options.json {
            return say_json(&listed(&session, &here.machine));
        }
        if is_shown {
            return attach::show(&here, &session, &key, look).await;
        }
        say(&session.name);
        Ok(())
    })
}

fn folder(wanted: Option<PathBuf>) -> anyhow::Result<String> {
    let here = std::env::current_dir().context("this folder is gone; say another with --cwd")?;
    // An absolute path replaces the one it is joined to.
    let folder = wanted.map_or_else(|| here.clone(), |wanted| here.join(wanted));
    folder.into_os_string().into_string().map_err(|path| anyhow!("{} is not text", path.display()))
}
