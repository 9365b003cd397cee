//! `homie attach` and `homie watch`: a session in this terminal.
//!
//! Two pumps share one attachment: `painter` (from the session to the terminal) and `typist` (from the keys to the
//! session). `colours` asks the terminal for its own, `canvas` knows what it shows, `sift` and `modes` what output does to a terminal, `terminal` is raw
//! mode and the way back, `words` is what a person is told.

use std::sync::Arc;

use anyhow::anyhow;
use homie_circuit::client::{self, Attachment};
use homie_protocol::methods::session::{AttachMode, Delivery, SessionInfo};
use tokio::sync::{mpsc, watch};

use crate::cli::{AttachOptions, WatchOptions};
use crate::detach_key::DetachKey;
use crate::here::{Here, with_session};
use crate::listing::exit_code;
use crate::on::Far;
use crate::outcome::{Failure, Outcome, remark};
use crate::settings::Settings;

pub(crate) mod canvas;
mod colours;
mod modes;
mod painter;
mod sift;
pub(crate) mod terminal;
pub(crate) mod typist;
mod words;

use painter::{Painter, Sight};
use terminal::Raw;
use typist::{Keys, Signals, Typist};

/// News for the typist that wait. The painter waits where there is no room.
const NEWS: usize = 16;

/// How looking at a session came to its end.
#[derive(Debug)]
enum End {
    /// The person has left.
    Left,
    /// The program has ended.
    Exited(homie_protocol::methods::session::ExitStatus),
    /// The session is not to be seen any more.
    Refused(homie_protocol::code::Refusal),
    /// A signal has told this process to end.
    Signal(u8),
}

/// Shows a session until the person leaves or the program ends.
pub(crate) fn attach(options: &AttachOptions) -> Outcome {
    if !terminal::is_there() {
        return Err(Failure::Usage(anyhow!("attach needs a terminal; from a script take `homie send`")));
    }
    let settings = Settings::read()?;
    let key = options.detach_key.clone().unwrap_or_else(|| settings.detach_key());
    let look = Look { drives: !options.keep_size, ..Look::typing(&settings) };
    with_session(options.on.of(&options.session), async |here, session| show(&here, &session, &key, look).await)
}

/// Shows a session and types nothing.
pub(crate) fn watch(options: &WatchOptions) -> Outcome {
    if !terminal::is_there() {
        return Err(Failure::Usage(anyhow!("watch needs a terminal; from a script take `homie capture`")));
    }
    let settings = Settings::read()?;
    let key = options.detach_key.clone().unwrap_or_else(|| settings.detach_key());
    with_session(options.on.of(&options.session), async |here, session| {
        show(&here, &session, &key, Look { watches: true, drives: false, clipboard: false }).await
    })
}

/// How to look at a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    /// No key reaches it.
    watches: bool,
    /// It gets this terminal's size.
    drives: bool,
    /// Its programs may write this terminal's clipboard.
    clipboard: bool,
}

impl Look {
    /// As one looks who types.
    pub(crate) fn typing(settings: &Settings) -> Self {
        Self { watches: false, drives: true, clipboard: settings.clipboard() }
    }
}

/// The same for a session that is known.
pub(crate) async fn show(here: &Here, session: &SessionInfo, key: &DetachKey, look: Look) -> Outcome {
    let session = &SessionInfo { name: here.spoken(&session.name), ..session.clone() };
    check_that_it_is_another(session, key)?;
    let mode = if look.watches { AttachMode::Watch } else { AttachMode::Interactive };
    let size = terminal::size().filter(|_| look.drives);
    let (mut keys, mut signals) = (Keys::new(), Signals::listen()?);
    let raw = Raw::enter()?;
    let asking = async { if look.drives { colours::of_terminal(&mut keys).await } else { None } };
    let theme = tokio::select! {
        theme = asking => theme,
        number = signals.end() => return Err(Failure::Code(128 + number)),
    };
    let interactive = client::AttachOptions::interactive(session.id);
    let options = client::AttachOptions { mode, size, theme, delivery: Delivery::Screen, ..interactive };
    let attachment = Arc::new(here.attach(options).await?);
    let typist = Typist::new(Arc::clone(&attachment), key.clone(), look.watches, keys, signals);
    let (end, unsent) = see(&attachment, (session.clone(), here.far.clone()), look, typist).await?;
    drop(raw);
    tell(&end, unsent, &session.name)
}

async fn see(
    attachment: &Arc<Attachment>,
    shown: (SessionInfo, Option<Far>),
    look: Look,
    typist: Typist,
) -> anyhow::Result<(End, usize)> {
    let (news_tx, news_rx) = mpsc::channel(NEWS);
    let (notes_tx, notes_rx) = mpsc::channel(NEWS);
    let size = terminal::size().unwrap_or_default();
    let (sight_tx, sight_rx) = watch::channel(Sight { size, spoiled: 0 });
    let painter = Painter::new(Arc::clone(attachment), shown, look, news_tx, sight_rx);
    let painter = tokio::spawn(painter.paint(notes_rx));
    let end = typist.pump(sight_tx, news_rx, &notes_tx).await;
    painter::leave(painter, notes_tx).await;
    Ok((end, attachment.unapplied()))
}

/// A session that shows itself would print what it prints, for ever.
fn check_that_it_is_another(session: &SessionInfo, key: &DetachKey) -> Outcome {
    match std::env::var("HOMIE_SESSION") {
        Ok(outer) if outer == session.id.to_string() => Err(Failure::Refused(anyhow!(
            "this terminal is the session {} itself; unset HOMIE_SESSION if it is not",
            session.name
        ))),
        Ok(_) => {
            remark(&format!("homie: this is a session within a session; {} leaves the outer one", key.spoken()));
            Ok(())
        }
        Err(_) => Ok(()),
    }
}

fn tell(end: &End, unsent: usize, name: &str) -> Outcome {
    if unsent > 0 {
        remark(&words::never_sent(unsent));
    }
    match end {
        End::Left => {
            remark(&words::left(name));
            Ok(())
        }
        End::Exited(status) => {
            remark(&words::ended(name, *status));
            match exit_code(*status) {
                0 => Ok(()),
                code => Err(Failure::Code(u8::try_from(code).unwrap_or(1))),
            }
        }
        End::Refused(refusal) => Err(refusal.clone().into()),
        End::Signal(number) => Err(Failure::Code(128 + number)),
    }
}
