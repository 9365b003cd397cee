//! How a viewer is served, whole and with one thing wrong in each.

use homie_protocol::code::Code;
use homie_protocol::control::Empty;
use homie_protocol::limits::GRID_MAX;
use homie_protocol::methods::session::{
    Resize, ResizeOutput, ResizeParams, Show, ShowParams, Snapshot, SnapshotParams,
};

use super::super::message::{Message, set};
use super::super::samples::{SESSION, THEME, channel, size};
use super::super::{Outcome, Vector, raw};
use super::{params, result, unknown_field, wrong_params, wrong_results};

/// Each with little and with much.
pub(super) fn good() -> Outcome<Vec<Vector>> {
    let by_hand = ResizeParams { session: SESSION, size: size(1, GRID_MAX)?, channel: None, take: None, theme: None };
    let takes = ResizeParams { channel: Some(channel()), take: Some(true), theme: Some(THEME), ..by_hand.clone() };
    Ok(vec![
        params::<Resize>("size", &by_hand)?,
        params::<Resize>("takes", &takes)?,
        result::<Resize>("drives", &ResizeOutput { drives: true })?,
        params::<Show>("hidden", &ShowParams { channel: channel(), visible: false })?,
        result::<Show>("empty", &Empty {})?,
        params::<Snapshot>("history", &SnapshotParams { channel: channel(), history: 10_000 })?,
        result::<Snapshot>("empty", &Empty {})?,
    ])
}

/// One wrong thing in each.
pub(super) fn bad() -> Outcome<Vec<Vector>> {
    let resize = Message::default().with("session", &SESSION)?.with("size", &size(80, 24)?)?;
    let show = Message::default().with("channel", &channel())?.with("visible", &true)?;
    let snapshot = Message::default().with("channel", &channel())?.set("history", vec![0]);
    let theme = raw::map(&[("foreground", raw::u64(1 << 24)), ("background", vec![0]), ("cursor", vec![0])]);
    let wrong_sizes = vec![
        unknown_field(),
        set("colour-over-24-bits", "theme", theme, Code::OutOfRange, "theme.foreground"),
        set("take-integer", "take", vec![1], Code::WrongType, "take"),
    ];
    let wrong_lengths =
        vec![unknown_field(), set("history-below-0", "history", vec![0xff], Code::OutOfRange, "history")];
    let all = [
        wrong_params::<Resize>(&resize, &["session", "size"], wrong_sizes),
        wrong_results::<Resize>(&Message::default().with("drives", &false)?, &["drives"], vec![unknown_field()]),
        wrong_params::<Show>(&show, &["channel", "visible"], vec![unknown_field()]),
        wrong_params::<Snapshot>(&snapshot, &["channel", "history"], wrong_lengths),
    ];
    Ok(all.into_iter().flatten().collect())
}
