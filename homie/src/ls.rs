//! `homie ls`: the sessions of a machine.

use homie_protocol::methods::session::SessionState;

use crate::attach::terminal;
use crate::cli::LsOptions;
use crate::here::with_machine;
use crate::listing::{listed, now, previews, table};
use crate::outcome::{Outcome, remark, say, say_json};
use crate::style::is_colourful;

/// Lists them.
pub(crate) fn ls(options: &LsOptions) -> Outcome {
    with_machine(options.on.machine(), async |here| {
        let mut sessions = here.sessions().await?;
        let over = sessions.iter().filter(|session| session.state != SessionState::Running).count();
        sessions.retain(|session| options.all || session.state == SessionState::Running);
        if options.json {
            let all: Vec<_> = sessions.iter().map(|session| listed(session, &here.machine)).collect();
            return say_json(&all);
        }
        if sessions.is_empty() {
            remark(&nothing(over));
            return Ok(());
        }
        // Where it goes to a file or a pipe there is all the room it wants.
        let room = terminal::size().map_or(usize::MAX / 2, |size| usize::from(size.cols()));
        say(&table(&sessions, now()).render(is_colourful(), room));
        if options.preview {
            say(&previews(&sessions));
        }
        Ok(())
    })
}

fn nothing(over: usize) -> String {
    match over {
        0 => "No session runs. `homie new` starts one.".to_owned(),
        over => format!("No session runs, {over} are over (`homie ls --all`). `homie new` starts one."),
    }
}
