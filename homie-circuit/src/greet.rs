//! A server's pump for the greeting: four messages within five seconds.

use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::{self, Control, Empty, Outgoing, Reading};
use homie_protocol::frame::Kind;
use homie_protocol::hello::{Greet, Next, Ready};
use homie_protocol::id::{Channel, Offset};
use homie_protocol::limits::HELLO_MS;
use tokio::time::timeout;

use crate::reader::FrameReader;
use crate::writer::FrameWriter;

/// Greets a client. A refusal has been told to the client when this returns, and the circuit is over.
pub async fn greet(reader: &mut FrameReader, writer: &FrameWriter, greeter: &mut dyn Greet) -> Result<Ready, Refusal> {
    let hello = timeout(Duration::from_millis(HELLO_MS), exchange(reader, writer, greeter));
    let late = |_| Err(Refusal::new(Code::Timeout, "the hello took longer than 5 seconds"));
    let outcome = hello.await.unwrap_or_else(late);
    if let Err(refusal) = &outcome {
        writer.bye(refusal);
        reader.linger().await;
    }
    outcome
}

async fn exchange(reader: &mut FrameReader, writer: &FrameWriter, greeter: &mut dyn Greet) -> Result<Ready, Refusal> {
    let Message::Hello(hello) = receive(reader).await? else {
        return Err(Refusal::new(Code::Unauthenticated, "a circuit begins with hello"));
    };
    let (welcome, next) = greeter.hello(*hello)?;
    send(writer, &Outgoing::Welcome(&welcome))?;
    let ready = match next {
        Next::Ready(ready) => ready,
        Next::Prove => {
            let Message::Prove(prove) = receive(reader).await? else {
                return Err(Refusal::new(Code::Unauthenticated, "prove follows welcome"));
            };
            greeter.prove(&prove)?
        }
    };
    send(writer, &Outgoing::Ready(&ready))?;
    Ok(ready)
}

enum Message {
    Hello(Box<homie_protocol::hello::Hello>),
    Prove(homie_protocol::hello::Prove),
}

async fn receive(reader: &mut FrameReader) -> Result<Message, Refusal> {
    let left = || Refusal::new(Code::Unauthenticated, "the circuit ended before the greeting was over");
    let frame = reader.next().await?.ok_or_else(left)?;
    if frame.header.kind() != Kind::Control || !frame.header.channel().is_circuit() {
        return Err(Refusal::new(Code::UnexpectedFrame, "nothing comes before the greeting"));
    }
    match control::decode(&frame.payload, Reading::Greeting)? {
        Control::Hello(hello) => Ok(Message::Hello(Box::new(hello))),
        Control::Prove(prove) => Ok(Message::Prove(prove)),
        Control::Bye(refusal) => Err(refusal),
        _ => Err(Refusal::new(Code::UnknownVariant, "t: only hello and prove come from a client")),
    }
}

fn send(writer: &FrameWriter, message: &Outgoing<'_, Empty>) -> Result<(), Refusal> {
    writer.control(Channel::CIRCUIT, Offset::ZERO, &message.encode()?)?;
    Ok(())
}
