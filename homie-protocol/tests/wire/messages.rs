//! Every message there is, written and read back.

use std::fmt::Debug;

use homie_protocol::codec::{self, CodecError, Raw};
use homie_protocol::control::{self, Control, Empty, Outgoing, Reading};
use homie_protocol::event::{Clipboard, Detached, Driver, Exited, Resized, SessionChanged};
use homie_protocol::hello::{
    Algorithm, ClientKind, DeviceKey, Hello, MachineKey, Nonce, Prove, Ready, Service, Signature, Welcome,
};
use homie_protocol::holder::{
    AskCapture, AskEndInput, AskInput, AskKill, AskRename, AskSearch, AskSignal, Captured, Changed, Close, Done,
    Drives, Found, FromHolder, HolderMemory, LinkHello, LinkWelcome, Open, OpenRefused, Opened, Resize, SendSnapshot,
    Share, ToHolder, Trim,
};
use homie_protocol::id::{CircuitId, LinkSecret, RecordingId, SessionId, WriterId};
use homie_protocol::limits::{ANSWER, OFFSET_END, REQUEST};
use homie_protocol::methods::pairing::{RedeemOutput, RedeemParams};
use homie_protocol::methods::session::recording::{
    RecordOutput, RecordParams, RecordingInfo, RecordingReadOutput, RecordingReadParams, RecordingRemoveParams,
    RecordingsOutput, RecordingsParams,
};
use homie_protocol::methods::session::{
    AttachOutput, AttachParams, CaptureOutput, CaptureParams, DetachParams, GetOutput, GetParams, Hit, InputParams,
    KillParams, ListOutput, ListParams, RenameOutput, RenameParams, RerunOutput, RerunParams, ResizeOutput,
    ResizeParams, SearchOutput, SearchParams, ShowParams, SignalParams, SnapshotParams, StartOutput, StartParams,
};
use homie_protocol::roster::{RosterHead, RosterOffer};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::strategies::{
    channel, delivery, device_id, exit, face, found, gap, incarnation, input_bytes, input_state, mode, node_id, offset,
    refusal, request_key, role, session, session_id, signal, size, text, theme, versions, writer,
};

/// An envelope that carries no type of its own.
type Plain<'a> = Outgoing<'a, Empty>;

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let bytes = codec::encode(value).unwrap();
    assert_eq!(&codec::decode::<T>(&bytes, REQUEST).unwrap(), value);
}

fn comes_back_by<T: Serialize + PartialEq + Debug>(value: &T, decode: fn(Raw<'_>) -> Result<T, CodecError>) {
    let bytes = codec::encode(value).unwrap();
    assert_eq!(&codec::scan(&bytes, ANSWER).and_then(decode).unwrap(), value);
}

proptest! {
    #[test]
    fn parameters(start in start(), list in list(), attach in attach(), redeem in redeem(), resize in resize()) {
        comes_back(&start);
        comes_back(&list);
        comes_back(&attach);
        comes_back(&redeem);
        comes_back(&DetachParams { channel: attach.channel });
        comes_back(&resize);
        comes_back(&ShowParams { channel: attach.channel, visible: attach.visible });
        comes_back(&SnapshotParams { channel: attach.channel, history: 10_000 });
        comes_back(&RerunParams { session: resize.session, size: resize.size });
        comes_back(&Empty {});
    }

    #[test]
    fn parameters_of_acts(session in session_id(), signal in signal(), bytes in input_bytes(), name in text()) {
        comes_back(&GetParams { session });
        comes_back(&SignalParams { session, signal });
        comes_back(&InputParams { session, bytes });
        comes_back(&KillParams { session });
        comes_back(&RenameParams { session, name });
    }

    #[test]
    fn parameters_of_reads(
        session in option::of(session_id()),
        text in text(),
        flags in (option::of(any::<bool>()), option::of(any::<bool>())),
        numbers in (option::of(any::<u32>()), option::of(0..OFFSET_END)),
        recording in any::<[u8; 16]>().prop_map(RecordingId::from_bytes),
    ) {
        comes_back(&SearchParams { session, text, ignore_case: flags.0, limit: numbers.0 });
        let session = session.unwrap_or(SessionId::from_bytes([0; 16]));
        comes_back(&CaptureParams { session, scrollback: flags.0, ansi: flags.1, from: numbers.1 });
        comes_back(&RecordParams { session });
        comes_back(&RecordingsParams { after: Some(recording) });
        comes_back(&RecordingReadParams { recording, from: numbers.1.unwrap_or_default() });
        comes_back(&RecordingRemoveParams { recording });
    }

    #[test]
    fn results_of_reads(
        matches in vec(found(), 0..4),
        silent in vec(session_id(), 0..4),
        text in text(),
        next in option::of(0..OFFSET_END),
        bytes in vec(any::<u8>(), 0..40),
        recordings in vec(recording(), 1..4),
    ) {
        let hits = matches.into_iter().map(|at| Hit { session: SessionId::from_bytes([1; 16]), at }).collect();
        comes_back(&SearchOutput { hits, silent });
        comes_back(&CaptureOutput { text, next });
        comes_back(&RecordingReadOutput { bytes: bytes.clone().into() });
        comes_back(&Clipboard { text: bytes.into() });
        comes_back(&RecordOutput { recording: recordings[0].clone() });
        comes_back(&RecordingsOutput { next: Some(recordings[0].id), recordings });
    }

    #[test]
    fn results(
        sessions in vec(session(), 1..4),
        next in option::of(session_id()),
        attached in attached(),
        redeemed in (device_id(), role(), node_id()),
    ) {
        comes_back(&StartOutput { session: sessions[0].clone() });
        comes_back(&GetOutput { session: sessions[0].clone() });
        comes_back(&RenameOutput { session: sessions[0].clone() });
        comes_back(&RerunOutput { session: sessions[0].clone() });
        comes_back(&ResizeOutput { drives: attached.drives });
        comes_back(&Driver { drives: attached.drives });
        comes_back(&ListOutput { sessions, next });
        comes_back(&attached);
        comes_back(&RedeemOutput { device: redeemed.0, role: redeemed.1, node: redeemed.2 });
    }

    #[test]
    fn events(
        changed in (option::of(session()), option::of(session_id())),
        gap in gap(),
        size in size(),
        status in exit(),
        reason in refusal(),
    ) {
        comes_back(&SessionChanged { session: changed.0, removed: changed.1 });
        comes_back(&gap);
        comes_back(&Resized { size });
        comes_back(&Exited { status });
        comes_back(&Detached { reason });
    }

    #[test]
    fn from_the_node(message in to_holder()) {
        comes_back_by(&message, ToHolder::decode);
    }

    #[test]
    fn from_the_holder(message in from_holder()) {
        comes_back_by(&message, FromHolder::decode);
    }

    #[test]
    fn the_greeting(hello in hello(), welcome in welcome(), sig in signature(), ready in (role(), any::<[u8; 16]>())) {
        let ready = Ready { role: ready.0, circuit: CircuitId::from_bytes(ready.1) };
        let prove = Prove { sig, roster: welcome.roster };
        let greeting: [(Plain<'_>, Control<'_>); 4] = [
            (Plain::Hello(&hello), Control::Hello(hello.clone())),
            (Plain::Welcome(&welcome), Control::Welcome(welcome.clone())),
            (Plain::Prove(&prove), Control::Prove(prove)),
            (Plain::Ready(&ready), Control::Ready(ready)),
        ];
        for (outgoing, expected) in greeting {
            let payload = outgoing.encode().unwrap();
            prop_assert_eq!(control::decode(&payload, Reading::Greeting).unwrap(), expected);
        }
    }

    #[test]
    fn requests(id in any::<u32>(), method in text(), params in start(), key in option::of(request_key())) {
        let payload = Outgoing::Request { id, method: &method, params: &params, key }.encode().unwrap();
        let Control::Request(request) = control::decode(&payload, Reading::Requests).unwrap() else {
            panic!("not a request");
        };
        prop_assert_eq!((request.id, request.method, request.key), (id, method.as_str(), key));
        prop_assert_eq!(codec::decode_scanned::<StartParams>(request.params).unwrap(), params);
    }

    #[test]
    fn responses_and_events(id in any::<u32>(), output in attached(), refusal in refusal(), topic in text()) {
        let answered = Outgoing::Answer { id, ok: &output }.encode().unwrap();
        let Control::Response(response) = control::decode(&answered, Reading::Answers).unwrap() else {
            panic!("not a response");
        };
        prop_assert_eq!(codec::decode_scanned::<AttachOutput>(response.outcome.unwrap()).unwrap(), output);

        let refused = Plain::Refused { id, error: &refusal }.encode().unwrap();
        let expected = Control::Response(control::Response { id, outcome: Err(refusal.clone()) });
        prop_assert_eq!(control::decode(&refused, Reading::Answers).unwrap(), expected);

        let told = Outgoing::Event { topic: &topic, seq: id, data: &output }.encode().unwrap();
        let Control::Event(event) = control::decode(&told, Reading::Answers).unwrap() else {
            panic!("not an event");
        };
        prop_assert_eq!((event.topic, event.seq), (topic.as_str(), id));
        prop_assert_eq!(codec::decode_scanned::<AttachOutput>(event.data).unwrap(), output);

        let farewell = Plain::Bye(&refusal).encode().unwrap();
        prop_assert_eq!(control::decode(&farewell, Reading::Requests).unwrap(), Control::Bye(refusal.clone()));
    }
}

fn start() -> impl Strategy<Value = StartParams> {
    let env = btree_map(text(), text(), 0..4);
    let pipes = option::of(any::<bool>());
    (option::of(text()), option::of(vec(text(), 0..4)), option::of(text()), option::of(env), size(), pipes)
        .prop_map(|(name, command, cwd, env, size, pipes)| StartParams { name, command, cwd, env, size, pipes })
}

fn list() -> impl Strategy<Value = ListParams> {
    (option::of(any::<bool>()), option::of(session_id())).prop_map(|(subscribe, after)| ListParams { subscribe, after })
}

fn attach() -> impl Strategy<Value = AttachParams> {
    let place = (channel(), session_id(), option::of(incarnation()), option::of(offset()));
    let viewer = (mode(), option::of(writer()), option::of(size()), any::<bool>());
    let service = (option::of(delivery()), option::of(theme()));
    (place, viewer, service).prop_map(|(place, (mode, writer, size, visible), (delivery, theme))| {
        let (channel, session, incarnation, from) = place;
        AttachParams { channel, session, incarnation, from, mode, writer, size, visible, delivery, theme }
    })
}

fn resize() -> impl Strategy<Value = ResizeParams> {
    let rest = (option::of(channel()), option::of(any::<bool>()), option::of(theme()));
    (session_id(), size(), rest).prop_map(|(session, size, (channel, take, theme))| ResizeParams {
        session,
        size,
        channel,
        take,
        theme,
    })
}

fn recording() -> impl Strategy<Value = RecordingInfo> {
    let times = (0..OFFSET_END, option::of(0..OFFSET_END), 0..OFFSET_END);
    (any::<[u8; 16]>(), session_id(), text(), times, any::<bool>()).prop_map(
        |(id, session, name, (started_at, ended_at, bytes), is_full)| RecordingInfo {
            id: RecordingId::from_bytes(id),
            session,
            name,
            started_at,
            ended_at,
            bytes,
            is_full,
        },
    )
}

fn attached() -> impl Strategy<Value = AttachOutput> {
    let rest = (any::<bool>(), any::<bool>());
    (incarnation(), offset(), option::of(gap()), option::of(input_state()), size(), rest).prop_map(
        |(incarnation, from, gap, input, size, (snapshot, drives))| AttachOutput {
            incarnation,
            from,
            gap,
            input,
            size,
            snapshot,
            drives,
        },
    )
}

fn redeem() -> impl Strategy<Value = RedeemParams> {
    (any::<[u8; 16]>(), text()).prop_map(|(secret, name)| RedeemParams { secret: LinkSecret::from_bytes(secret), name })
}

fn to_holder() -> impl Strategy<Value = ToHolder> {
    let open = (channel(), mode(), option::of(offset()), option::of(writer()), delivery());
    let search = (any::<u32>(), text(), any::<bool>(), any::<u32>());
    let capture = (any::<u32>(), any::<bool>(), any::<bool>(), option::of(0..OFFSET_END));
    prop_oneof![
        (versions(), 0..OFFSET_END).prop_map(|(versions, epoch)| ToHolder::Hello(LinkHello { versions, epoch })),
        open.prop_map(|(channel, mode, from, writer, delivery)| {
            ToHolder::Open(Open { channel, mode, from, writer, delivery })
        }),
        (channel(), any::<u32>()).prop_map(|(channel, history)| ToHolder::Snapshot(SendSnapshot { channel, history })),
        (channel(), any::<u16>()).prop_map(|(channel, of)| ToHolder::Share(Share { channel, of })),
        search.prop_map(|(ask, text, ignore_case, limit)| {
            ToHolder::Search(AskSearch { ask, text, ignore_case, limit })
        }),
        capture.prop_map(|(ask, scrollback, ansi, from)| {
            ToHolder::Capture(AskCapture { ask, scrollback, ansi, from })
        }),
        (0..OFFSET_END).prop_map(|bytes| ToHolder::Trim(Trim { bytes })),
        (channel(), any::<bool>()).prop_map(|(channel, lost)| ToHolder::Close(Close { channel, lost })),
        (size(), option::of(theme())).prop_map(|(size, theme)| ToHolder::Resize(Resize { size, theme })),
        option::of(any::<[u8; 8]>())
            .prop_map(|writer| ToHolder::Driver(Drives { writer: writer.map(WriterId::from_bytes) })),
        (any::<u32>(), signal()).prop_map(|(ask, signal)| ToHolder::Signal(AskSignal { ask, signal })),
        (any::<u32>(), input_bytes()).prop_map(|(ask, bytes)| ToHolder::Input(AskInput { ask, bytes })),
        any::<u32>().prop_map(|ask| ToHolder::EndInput(AskEndInput { ask })),
        any::<u32>().prop_map(|ask| ToHolder::Kill(AskKill { ask })),
        (any::<u32>(), text()).prop_map(|(ask, name)| ToHolder::Rename(AskRename { ask, name })),
        Just(ToHolder::Bury(Empty {})),
    ]
}

fn from_holder() -> impl Strategy<Value = FromHolder> {
    let opened = (channel(), offset(), option::of(gap()), option::of(input_state()), size(), any::<bool>());
    let changed = (size(), option::of(exit()), 0..OFFSET_END, face(), 0..OFFSET_END);
    prop_oneof![
        link_welcome().prop_map(FromHolder::Welcome),
        refusal().prop_map(FromHolder::Refused),
        opened.prop_map(|(channel, from, gap, input, size, snapshot)| FromHolder::Opened(Opened {
            channel,
            from,
            gap,
            input,
            size,
            snapshot
        })),
        (channel(), refusal()).prop_map(|(channel, reason)| FromHolder::OpenRefused(OpenRefused { channel, reason })),
        changed.prop_map(|(size, exit, last_activity_at, face, history_bytes)| {
            FromHolder::Changed(Changed { size, exit, last_activity_at, face, history_bytes })
        }),
        (any::<u32>(), vec(found(), 0..4)).prop_map(|(ask, matches)| FromHolder::Found(Found { ask, matches })),
        (any::<u32>(), text(), option::of(0..OFFSET_END))
            .prop_map(|(ask, text, next)| FromHolder::Captured(Captured { ask, text, next })),
        (any::<u32>(), option::of(refusal())).prop_map(|(ask, reason)| FromHolder::Done(Done { ask, reason })),
    ]
}

fn link_welcome() -> impl Strategy<Value = LinkWelcome> {
    let names = (any::<u16>(), session_id(), incarnation(), any::<u32>(), any::<u32>());
    let state = (size(), offset(), offset(), option::of(exit()), 0..OFFSET_END);
    (names, state, face(), 0..OFFSET_END, option::of(memory())).prop_map(
        |(names, state, face, history_bytes, memory)| {
            let (version, session, incarnation, pid, holder_pid) = names;
            let (size, start, end, exit, last_activity_at) = state;
            LinkWelcome {
                version,
                session,
                incarnation,
                pid,
                holder_pid,
                size,
                start,
                end,
                exit,
                last_activity_at,
                face,
                history_bytes,
                memory,
            }
        },
    )
}

fn memory() -> impl Strategy<Value = HolderMemory> {
    (any::<bool>(), option::of(any::<[u8; 8]>()), 0..OFFSET_END).prop_map(|(pipes, driver, unseen_ms)| HolderMemory {
        pipes,
        driver: driver.map(WriterId::from_bytes),
        unseen_ms,
    })
}

fn algorithm() -> impl Strategy<Value = Algorithm> {
    prop::sample::select(vec![Algorithm::Ed25519, Algorithm::P256])
}

fn signature() -> impl Strategy<Value = Signature> {
    vec(any::<u8>(), 64).prop_map(|bytes| Signature(bytes.try_into().unwrap()))
}

fn hello() -> impl Strategy<Value = Hello> {
    let device =
        (device_id(), algorithm(), vec(any::<u8>(), 0..80)).prop_map(|(id, alg, key)| DeviceKey { id, alg, key });
    let kind = prop::sample::select(vec![ClientKind::Web, ClientKind::Phone, ClientKind::Cli]);
    let rest = (text(), any::<[u8; 32]>(), text(), option::of(text()));
    (versions(), option::of(device), kind, rest).prop_map(|(versions, device, kind, (agent, nonce, host, origin))| {
        Hello { versions, device, kind, agent, nonce: Nonce(nonce), host, origin }
    })
}

fn welcome() -> impl Strategy<Value = Welcome> {
    let service = prop::sample::select(vec![Service::Node, Service::Gateway]);
    let server = (service, any::<[u8; 32]>(), algorithm(), text());
    let offer = (any::<[u8; 32]>(), any::<[u8; 32]>())
        .prop_map(|(root, head)| RosterOffer { root: MachineKey(root), head: RosterHead(head) });
    let rest = (any::<u16>(), versions(), any::<[u8; 32]>(), signature(), option::of(offer));
    (server, rest).prop_map(|((service, key, alg, name), (version, versions, nonce, sig, roster))| Welcome {
        version,
        versions,
        service,
        key: MachineKey(key),
        alg,
        nonce: Nonce(nonce),
        name,
        sig,
        roster,
    })
}
