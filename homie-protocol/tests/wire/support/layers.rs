//! Every decoder of the wire behind one function: what a vector's bytes mean, and how they are written again.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::codec::{self, CodecError, Raw};
use homie_protocol::control::{self, Control, Empty, Outgoing, Reading};
use homie_protocol::event::{
    Clipboard, Detached, Driver, Exited, MachineChanged, MeshSessionChanged, Resized, SessionChanged, Topic,
};
use homie_protocol::frame::Header;
use homie_protocol::holder::{FromHolder, ToHolder};
use homie_protocol::limits::{ANSWER, REQUEST};
use homie_protocol::method::Method;
use homie_protocol::methods::device::{DeviceRename, DeviceRevoke, DeviceRole, Devices};
use homie_protocol::methods::machine::{Machines, MachinesFound, MeshSessions};
use homie_protocol::methods::mesh::{RosterNames, RosterRead, RosterTell, RosterWait};
use homie_protocol::methods::pairing::{Approve, Await, Begin, Offer, Pending, Redeem, Refuse, Reveal};
use homie_protocol::methods::presence::PresenceGet;
use homie_protocol::methods::session::{
    Attach, Capture, Detach, Gap, Get, Input, Kill, List, RecordingList, RecordingRead, RecordingRemove,
    RecordingStart, RecordingStop, Rename, Rerun, Resize, Search, Show, Signal, Snapshot, Start,
};
use homie_protocol::methods::start::StartMeet;
use homie_protocol::roster;
use homie_protocol::stream::{FrameDecoder, preamble};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::header_view::header_view;
use super::index::Entry;
use super::tree::Tree;

/// What was decoded: as the index shows it, and written again.
pub(crate) struct Decoded {
    pub(crate) value: Value,
    pub(crate) bytes: Vec<u8>,
}

/// The code, and the field it is about.
pub(crate) type Refused = (Code, String);

/// Decodes `bytes` as what `entry` is. What is signed is not decoded by anyone, and invitations
/// are read by clients alone.
pub(crate) fn decode(entry: &Entry, bytes: &[u8]) -> Option<Result<Decoded, Refused>> {
    let outcome = match entry.layer.as_str() {
        "frame" => frame(bytes).map_err(|refusal| refused(&refusal)),
        "stream" => stream(bytes).map_err(|refusal| refused(&refusal)),
        "control" => control(bytes, reading(entry)).map_err(codec_refused),
        "holder" if entry.from.as_deref() == Some("node") => holder(bytes, ToHolder::decode).map_err(codec_refused),
        "holder" => holder(bytes, FromHolder::decode).map_err(codec_refused),
        "roster" => roster(bytes).map_err(codec_refused),
        "transcript" | "signature" | "roster-signed" => return None,
        built if built.starts_with("pairing:") || built.starts_with("invitation:") => return None,
        typed => {
            let (_, decoder) = typed_layers().into_iter().find(|(name, _)| name == typed).expect("a layer we know");
            decoder(bytes).map_err(codec_refused)
        }
    };
    Some(outcome)
}

type Decoder = fn(&[u8]) -> Result<Decoded, CodecError>;

/// The layers that are one type each: two for a method, one for a topic.
pub(crate) fn typed_layers() -> Vec<(String, Decoder)> {
    let methods = [
        method::<Start>(),
        method::<List>(),
        method::<Attach>(),
        method::<Detach>(),
        method::<Resize>(),
        method::<Get>(),
        method::<Signal>(),
        method::<Input>(),
        method::<Kill>(),
        method::<Rename>(),
        method::<Show>(),
        method::<Snapshot>(),
        method::<Rerun>(),
        method::<Search>(),
        method::<Capture>(),
        method::<RecordingStart>(),
        method::<RecordingStop>(),
        method::<RecordingList>(),
        method::<RecordingRead>(),
        method::<RecordingRemove>(),
        method::<Redeem>(),
        method::<Offer>(),
        method::<Pending>(),
        method::<Approve>(),
        method::<Refuse>(),
        method::<Begin>(),
        method::<Reveal>(),
        method::<Await>(),
        method::<RosterNames>(),
        method::<RosterRead>(),
        method::<RosterTell>(),
        method::<RosterWait>(),
        method::<Devices>(),
        method::<DeviceRename>(),
        method::<DeviceRole>(),
        method::<DeviceRevoke>(),
        method::<Machines>(),
        method::<MeshSessions>(),
        method::<MachinesFound>(),
        method::<PresenceGet>(),
        method::<StartMeet>(),
    ];
    let topics = [
        topic::<SessionChanged>(),
        topic::<Gap>(),
        topic::<Resized>(),
        topic::<Exited>(),
        topic::<Driver>(),
        topic::<Clipboard>(),
        topic::<Detached>(),
        topic::<MachineChanged>(),
        topic::<MeshSessionChanged>(),
    ];
    methods.into_iter().flatten().chain(topics).collect()
}

fn method<M: Method>() -> [(String, Decoder); 2] {
    let params: Decoder = |bytes| again(&codec::decode::<M::Params>(bytes, REQUEST)?);
    let result: Decoder = |bytes| again(&codec::decode::<M::Output>(bytes, ANSWER)?);
    [(format!("params:{}", M::ROW.name), params), (format!("result:{}", M::ROW.name), result)]
}

fn topic<T: Topic>() -> (String, Decoder) {
    (format!("event:{}", T::NAME), typed::<T>)
}

fn typed<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<Decoded, CodecError> {
    again(&codec::decode::<T>(bytes, ANSWER)?)
}

fn holder<T: Serialize>(bytes: &[u8], decode: fn(Raw<'_>) -> Result<T, CodecError>) -> Result<Decoded, CodecError> {
    again(&decode(codec::scan(bytes, ANSWER)?)?)
}

fn roster(bytes: &[u8]) -> Result<Decoded, CodecError> {
    again(&roster::Entry::read(bytes)?)
}

fn control(bytes: &[u8], reading: Reading) -> Result<Decoded, CodecError> {
    type Plain<'a> = Outgoing<'a, Empty>;
    match control::decode(bytes, reading)? {
        Control::Hello(hello) => again(&Plain::Hello(&hello)),
        Control::Welcome(welcome) => again(&Plain::Welcome(&welcome)),
        Control::Prove(prove) => again(&Plain::Prove(&prove)),
        Control::Ready(ready) => again(&Plain::Ready(&ready)),
        Control::Bye(refusal) => again(&Plain::Bye(&refusal)),
        Control::Request(request) => {
            let params = tree(request.params)?;
            again(&Outgoing::Request { id: request.id, method: request.method, params: &params, key: request.key })
        }
        Control::Response(response) => match response.outcome {
            Ok(ok) => again(&Outgoing::Answer { id: response.id, ok: &tree(ok)? }),
            Err(error) => again(&Plain::Refused { id: response.id, error: &error }),
        },
        Control::Event(event) => {
            again(&Outgoing::Event { topic: event.topic, seq: event.seq, data: &tree(event.data)? })
        }
    }
}

fn again(value: &impl Serialize) -> Result<Decoded, CodecError> {
    let bytes = codec::encode(value)?;
    let value = codec::decode::<Tree>(&bytes, ANSWER).expect("what we write can be read").json();
    Ok(Decoded { value, bytes })
}

fn tree(raw: Raw<'_>) -> Result<Tree, CodecError> {
    codec::decode_scanned(raw)
}

fn frame(bytes: &[u8]) -> Result<Decoded, Refusal> {
    let (header, payload) = Header::parse(bytes)?;
    Ok(Decoded { value: header_view(header, payload), bytes: [&header.to_bytes(), payload].concat() })
}

/// All whole frames; what is left of the bytes is not a frame yet.
fn stream(bytes: &[u8]) -> Result<Decoded, Refusal> {
    let mut decoder = FrameDecoder::default();
    decoder.feed(bytes);
    let (mut seen, mut again) = (Vec::new(), Vec::new());
    while let Some((header, payload)) = decoder.next_frame()? {
        seen.push(header_view(header, payload));
        again.extend([&preamble(header, payload.len()), payload].concat());
    }
    Ok(Decoded { value: seen.into(), bytes: again })
}

fn reading(entry: &Entry) -> Reading {
    match entry.reading.as_deref() {
        Some("greeting") => Reading::Greeting,
        Some("requests") => Reading::Requests,
        Some("answers") => Reading::Answers,
        other => panic!("{}: who reads {other:?}?", entry.name),
    }
}

fn codec_refused(error: CodecError) -> Refused {
    (error.code, error.field)
}

/// A frame's refusal names its field in front.
fn refused(refusal: &Refusal) -> Refused {
    let field = refusal.message.split(':').next().unwrap_or_default();
    (refusal.code, field.to_owned())
}
