//! The client's greeting. It sends nothing of value before it has checked the server's signature.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::{self, Control, Empty, Outgoing, Reading};
use homie_protocol::frame::Kind;
use homie_protocol::hello::{Algorithm, Hello, Nonce, Prove, Side, Transcript, Welcome};
use homie_protocol::id::{Channel, Offset};
use homie_protocol::roster::RosterOffer;
use homie_protocol::version::SPOKEN;

use super::{Config, Up};
use crate::reader::FrameReader;
use crate::sealed::Exporter;
use crate::writer::FrameWriter;

/// Greets the server.
pub(super) async fn hello(
    config: &Config,
    host: &str,
    exporter: Option<&Exporter>,
    (reader, writer): (&mut FrameReader, &FrameWriter),
) -> Result<Up, Refusal> {
    let hello = Hello {
        versions: SPOKEN,
        device: config.identity.device(),
        kind: config.kind,
        agent: config.agent.clone(),
        nonce: Nonce(config.identity.nonce()),
        host: host.to_owned(),
        origin: config.origin.clone(),
    };
    // Whoever has sent us away already takes no more, and has said why: that is what is read next.
    let _ = writer.control(Channel::CIRCUIT, Offset::ZERO, &encode(&Outgoing::Hello(&hello))?);
    let frame = receive(reader).await?;
    let Control::Welcome(welcome) = control::decode(&frame, Reading::Greeting)? else {
        return Err(out_of_order(&frame, "welcome"));
    };
    if let Some(prove) = check(config, exporter, &hello, &welcome)? {
        writer.control(Channel::CIRCUIT, Offset::ZERO, &encode(&Outgoing::Prove(&prove))?)?;
    }
    let frame = receive(reader).await?;
    let Control::Ready(ready) = control::decode(&frame, Reading::Greeting)? else {
        return Err(out_of_order(&frame, "ready"));
    };
    let Welcome { key, name, version, roster, .. } = welcome;
    Ok(Up { ready, key, name, version, roster, through: None })
}

/// Checks that this is the server expected, and proves ourselves if we have named a device.
fn check(
    config: &Config,
    exporter: Option<&Exporter>,
    hello: &Hello,
    welcome: &Welcome,
) -> Result<Option<Prove>, Refusal> {
    if welcome.service != config.service {
        return Err(Refusal::new(
            Code::Unreachable,
            format!("a {:?} answers here, which is not expected", welcome.service),
        ));
    }
    if hello.versions.common(welcome.versions) != Some(welcome.version) {
        return Err(Refusal::new(Code::Version, "version: the one chosen is not the highest in common"));
    }
    if welcome.alg != Algorithm::Ed25519 {
        return Err(Refusal::new(Code::Unauthenticated, "alg: machines have Ed25519 keys"));
    }
    let exporter = exporter.map(Exporter::as_slice);
    let transcript = Transcript { exporter, ..Transcript::of(hello, welcome) };
    let (server, client) = Side::of(welcome.service);
    config.identity.check_machine(&welcome.key, &transcript.bytes(server), &welcome.sig)?;
    if hello.device.is_none() {
        return Ok(None);
    }
    let sig = config.identity.sign(&transcript.bytes(client))?;
    Ok(Some(Prove { sig, roster: carried(config, welcome) }))
}

/// What this client carries of the machine's mesh; of others it says nothing.
fn carried(config: &Config, welcome: &Welcome) -> Option<RosterOffer> {
    let offer = config.identity.carried()?.offer();
    offer.ok().filter(|ours| welcome.roster.is_some_and(|theirs| theirs.root == ours.root))
}

async fn receive(reader: &mut FrameReader) -> Result<bytes::Bytes, Refusal> {
    let left = || Refusal::new(Code::Unreachable, "the circuit ended before the greeting was over");
    let frame = reader.next().await?.ok_or_else(left)?;
    if frame.header.kind() != Kind::Control || !frame.header.channel().is_circuit() {
        return Err(Refusal::new(Code::UnexpectedFrame, "nothing comes before the greeting"));
    }
    Ok(frame.payload)
}

/// The server's farewell, or why what came is not what should have.
fn out_of_order(frame: &[u8], expected: &str) -> Refusal {
    match control::decode(frame, Reading::Greeting) {
        Ok(Control::Bye(refusal)) => refusal,
        _ => Refusal::new(Code::UnknownVariant, format!("t: {expected} was expected")),
    }
}

fn encode(message: &Outgoing<'_, Empty>) -> Result<Vec<u8>, Refusal> {
    Ok(message.encode()?)
}
