//! Every value of the wire's building blocks.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::Role;
use homie_protocol::id::{Channel, DeviceId, Incarnation, NodeId, Offset, RequestKey, SessionId, WriterId};
use homie_protocol::limits::{GRID_MAX, OFFSET_END};
use homie_protocol::methods::session::{
    AttachMode, Attention, AttentionKind, Delivery, ExitStatus, Face, Gap, InputBytes, InputState, Match, Rgb,
    SessionInfo, SessionSignal, SessionState, Size, Theme, WriterClaim,
};
use homie_protocol::version::Versions;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub(crate) fn session_id() -> impl Strategy<Value = SessionId> {
    any::<[u8; 16]>().prop_map(SessionId::from_bytes)
}

pub(crate) fn incarnation() -> impl Strategy<Value = Incarnation> {
    any::<[u8; 16]>().prop_map(Incarnation::from_bytes)
}

pub(crate) fn device_id() -> impl Strategy<Value = DeviceId> {
    any::<[u8; 16]>().prop_map(DeviceId::from_bytes)
}

pub(crate) fn node_id() -> impl Strategy<Value = NodeId> {
    any::<[u8; 16]>().prop_map(NodeId::from_bytes)
}

pub(crate) fn request_key() -> impl Strategy<Value = RequestKey> {
    any::<[u8; 16]>().prop_map(RequestKey::from_bytes)
}

pub(crate) fn channel() -> impl Strategy<Value = Channel> {
    any::<u32>().prop_map(Channel::new)
}

pub(crate) fn offset() -> impl Strategy<Value = Offset> {
    prop_oneof![0..OFFSET_END, 0..0x2_0000_u64, Just(OFFSET_END - 1)].prop_map(|at| Offset::new(at).unwrap())
}

pub(crate) fn size() -> impl Strategy<Value = Size> {
    (1..=GRID_MAX, 1..=GRID_MAX).prop_map(|(cols, rows)| Size::new(cols, rows).unwrap())
}

pub(crate) fn text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..40).prop_map(String::from_iter)
}

pub(crate) fn code() -> impl Strategy<Value = Code> {
    prop::sample::select(Code::ALL)
}

pub(crate) fn role() -> impl Strategy<Value = Role> {
    prop::sample::select(vec![Role::None, Role::Viewer, Role::Operator, Role::Owner])
}

pub(crate) fn mode() -> impl Strategy<Value = AttachMode> {
    prop::sample::select(vec![AttachMode::Interactive, AttachMode::Watch])
}

pub(crate) fn delivery() -> impl Strategy<Value = Delivery> {
    prop::sample::select(vec![Delivery::Screen, Delivery::Bytes, Delivery::Lossless])
}

pub(crate) fn theme() -> impl Strategy<Value = Theme> {
    let colour = || any::<[u8; 3]>().prop_map(|[red, green, blue]| Rgb::new(red, green, blue));
    (colour(), colour(), colour()).prop_map(|(foreground, background, cursor)| Theme { foreground, background, cursor })
}

pub(crate) fn face() -> impl Strategy<Value = Face> {
    let kind = prop::sample::select(vec![AttentionKind::Bell, AttentionKind::Message]);
    let attention = (kind, option::of(text())).prop_map(|(kind, text)| Attention { kind, text });
    (option::of(text()), option::of(text()), option::of(attention), vec(text(), 0..4))
        .prop_map(|(title, folder, attention, preview)| Face { title, folder, attention, preview })
}

pub(crate) fn found() -> impl Strategy<Value = Match> {
    (0..OFFSET_END, any::<u32>(), text()).prop_map(|(line, column, text)| Match { line, column, text })
}

pub(crate) fn versions() -> impl Strategy<Value = Versions> {
    any::<(u16, u16)>().prop_map(|(min, max)| Versions { min, max })
}

pub(crate) fn refusal() -> impl Strategy<Value = Refusal> {
    (code(), text()).prop_map(|(code, message)| Refusal { code, message })
}

pub(crate) fn gap() -> impl Strategy<Value = Gap> {
    (offset(), offset()).prop_map(|(from, to)| Gap { from, to })
}

pub(crate) fn input_state() -> impl Strategy<Value = InputState> {
    (offset(), any::<bool>()).prop_map(|(applied, contested)| InputState { applied, contested })
}

pub(crate) fn writer() -> impl Strategy<Value = WriterClaim> {
    (any::<[u8; 8]>(), offset()).prop_map(|(id, sent)| WriterClaim { id: WriterId::from_bytes(id), sent })
}

pub(crate) fn signal() -> impl Strategy<Value = SessionSignal> {
    use SessionSignal::{Cont, Hup, Int, Kill, Quit, Term, Tstp, Usr1, Usr2};
    prop::sample::select(vec![Int, Quit, Tstp, Term, Hup, Cont, Usr1, Usr2, Kill])
}

pub(crate) fn input_bytes() -> impl Strategy<Value = InputBytes> {
    vec(any::<u8>(), 1..40).prop_map(|bytes| InputBytes::new(bytes).unwrap())
}

pub(crate) fn exit() -> impl Strategy<Value = ExitStatus> {
    (option::of(any::<i32>()), option::of(any::<i32>())).prop_map(|(code, signal)| ExitStatus { code, signal })
}

pub(crate) fn session() -> impl Strategy<Value = SessionInfo> {
    let state = prop::sample::select(vec![
        SessionState::Running,
        SessionState::Exited,
        SessionState::Lost,
        SessionState::Ended,
    ]);
    let ids = (session_id(), incarnation());
    let words = (text(), vec(text(), 0..4), text());
    let rest = (size(), state, option::of(exit()), any::<u32>(), 0..OFFSET_END);
    let life = (0..OFFSET_END, option::of(any::<u32>()), option::of(any::<u32>()), face(), any::<bool>());
    (ids, words, rest, life).prop_map(
        |(
            (id, incarnation),
            (name, command, cwd),
            (size, state, exit, viewers, created_at),
            (last_activity_at, pid, holder_pid, face, recording),
        )| SessionInfo {
            id,
            incarnation,
            name,
            command,
            cwd,
            size,
            state,
            exit,
            viewers,
            created_at,
            last_activity_at,
            pid,
            holder_pid,
            face,
            recording,
        },
    )
}
