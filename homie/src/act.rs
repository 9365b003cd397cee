//! `homie send`, `homie kill`, `homie rename`: what is done to a session without looking at it.

use std::io::Read;
use std::time::Duration;

use anyhow::{Context, anyhow};
use homie_circuit::client::{self, Attachment, Viewed};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::limits::PAYLOAD_MAX;
use homie_protocol::methods::session::{
    Delivery, Input, InputBytes, InputParams, Kill, KillParams, Rename, RenameParams, SessionInfo,
};
use tokio::time::timeout;

use crate::cli::{KillOptions, RenameOptions, SendOptions};
use crate::here::{Here, with_session};
use crate::long_line::{self, Line};
use crate::outcome::{Failure, Outcome};

/// How long a program may take to read a piece.
const TAKEN_WITHIN: Duration = Duration::from_secs(30);

/// What Enter sends.
const ENTER: &[u8] = b"\r";

/// Types into a session: the text, then the keys, then Enter.
pub(crate) fn send(options: &SendOptions) -> Outcome {
    let typed = typed(options)?;
    with_session(options.on.of(&options.session), async |here, session| {
        if Line::default().take(&typed) {
            return send_and_look(&here, &session, &typed).await;
        }
        for piece in typed.chunks(PAYLOAD_MAX) {
            if let Some(bytes) = InputBytes::new(piece.to_vec()) {
                here.ask_patiently::<Input>(&InputParams { session: session.id, bytes }).await?;
            }
        }
        Ok(())
    })
}

/// The same for a line that a terminal may cut, which only a viewer learns.
async fn send_and_look(here: &Here, session: &SessionInfo, typed: &[u8]) -> Outcome {
    let interactive = client::AttachOptions::interactive(session.id);
    let options = client::AttachOptions { visible: false, delivery: Delivery::Screen, ..interactive };
    let attachment = here.attach(options).await?;
    let sending = async {
        for piece in typed.chunks(PAYLOAD_MAX) {
            attachment.write(piece).await?;
            let unread = || Failure::Unreachable(anyhow!("{} reads nothing; the bytes wait", session.name));
            timeout(TAKEN_WITHIN, attachment.applied()).await.map_err(|_| unread())?;
            if attachment.edits_lines() == Some(true) {
                return Err(Failure::Failed(anyhow!(long_line::words(&session.name))));
            }
        }
        Ok(())
    };
    tokio::select! {
        sent = sending => sent,
        // What it shows meanwhile is of no interest, but has to be taken.
        refusal = over(&attachment) => Err(refusal.into()),
    }
}

async fn over(attachment: &Attachment) -> Refusal {
    loop {
        match attachment.next().await {
            Some(Viewed::Detached(refusal)) => return refusal,
            Some(Viewed::Exited { .. }) | None => return Refusal::new(Code::Ended, "the program has ended"),
            Some(_) => {}
        }
    }
}

/// Ends a session.
pub(crate) fn kill(options: &KillOptions) -> Outcome {
    with_session(options.on.of(&options.session), async |here, session| {
        here.ask::<Kill>(&KillParams { session: session.id }).await?;
        Ok(())
    })
}

/// Gives a session another name.
pub(crate) fn rename(options: &RenameOptions) -> Outcome {
    with_session(options.on.of(&options.session), async |here, session| {
        here.ask::<Rename>(&RenameParams { session: session.id, name: options.name.clone() }).await?;
        Ok(())
    })
}

fn typed(options: &SendOptions) -> anyhow::Result<Vec<u8>> {
    let mut typed = options.text.as_deref().unwrap_or_default().as_bytes().to_vec();
    if options.stdin {
        std::io::stdin().lock().read_to_end(&mut typed).context("standard input cannot be read")?;
    }
    typed.extend_from_slice(&options.key.concat());
    typed.extend_from_slice(if options.enter { ENTER } else { &[] });
    Ok(typed)
}
