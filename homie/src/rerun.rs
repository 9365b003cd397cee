//! `homie rerun`: runs the command of a session that is over again, and attaches where there is a terminal.

use homie_protocol::methods::session::{Rerun, RerunParams};

use crate::attach::{self, terminal};
use crate::cli::RerunOptions;
use crate::here::with_session_that_is_over;
use crate::listing::listed;
use crate::outcome::{Outcome, say, say_json};
use crate::settings::Settings;

/// Runs it.
pub(crate) fn rerun(options: &RerunOptions) -> Outcome {
    let is_shown = !options.detach && !options.json && terminal::is_there();
    let settings = Settings::read()?;
    with_session_that_is_over(options.on.of(&options.session), async |here, session| {
        let params = RerunParams { session: session.id, size: terminal::size().unwrap_or(session.size) };
        let session = here.ask::<Rerun>(&params).await?.session;
        if options.json {
            return say_json(&listed(&session, &here.machine));
        }
        if is_shown {
            return attach::show(&here, &session, &settings.detach_key(), attach::Look::typing(&settings)).await;
        }
        say(&here.spoken(&session.name));
        Ok(())
    })
}
