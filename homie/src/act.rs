//! `homie send`, `homie kill`, `homie rename`: what is done to a session without looking at it.

use homie_protocol::limits::PAYLOAD_MAX;
use homie_protocol::methods::session::{Input, InputBytes, InputParams, Kill, KillParams, Rename, RenameParams};

use crate::cli::{KillOptions, RenameOptions, SendOptions};
use crate::here::with_node;
use crate::outcome::Outcome;

/// What Enter sends.
const ENTER: &[u8] = b"\r";

/// Types into a session: the text, then the keys, then Enter.
pub(crate) fn send(options: &SendOptions) -> Outcome {
    let typed = typed(options);
    with_node(async |here| {
        let session = here.session(&options.session).await?.id;
        for piece in typed.chunks(PAYLOAD_MAX) {
            if let Some(bytes) = InputBytes::new(piece.to_vec()) {
                here.ask_patiently::<Input>(&InputParams { session, bytes }).await?;
            }
        }
        Ok(())
    })
}

/// Ends a session.
pub(crate) fn kill(options: &KillOptions) -> Outcome {
    with_node(async |here| {
        let session = here.session(&options.session).await?.id;
        here.ask::<Kill>(&KillParams { session }).await?;
        Ok(())
    })
}

/// Gives a session another name.
pub(crate) fn rename(options: &RenameOptions) -> Outcome {
    with_node(async |here| {
        let session = here.session(&options.session).await?.id;
        here.ask::<Rename>(&RenameParams { session, name: options.name.clone() }).await?;
        Ok(())
    })
}

fn typed(options: &SendOptions) -> Vec<u8> {
    let text = options.text.as_deref().unwrap_or_default().as_bytes();
    let enter = if options.enter { ENTER } else { &[] };
    [text, &options.key.concat(), enter].concat()
}
