//! The envelopes of a control frame: greeting, request, response, event, farewell.

use serde::{Deserialize, Serialize};

use crate::code::Refusal;
use crate::codec::{self, CodecError, Fields, Raw};
use crate::hello::{Hello, Prove, Ready, Welcome};
use crate::id::RequestKey;
use crate::limits::{ANSWER, Budget, GREETING, REQUEST};

mod again;
mod renumber;

pub use again::again;
pub use renumber::renumber;

/// A control message as it came; parameters, results and data are decoded by whoever knows their type.
#[derive(Debug, Clone, PartialEq)]
pub enum Control<'a> {
    /// The client greets.
    Hello(Hello),
    /// The server answers and proves itself.
    Welcome(Welcome),
    /// The client proves itself.
    Prove(Prove),
    /// The circuit is open.
    Ready(Ready),
    /// A method is called.
    Request(Request<'a>),
    /// Its answer.
    Response(Response<'a>),
    /// Something happened.
    Event(Event<'a>),
    /// The circuit ends on purpose.
    Bye(Refusal),
}

/// A method is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// Chosen by the asker; the answer carries it.
    pub id: u32,
    /// `service.verb`.
    pub method: &'a str,
    /// The method's parameters.
    pub params: Raw<'a>,
    /// The same wish again has the same key.
    pub key: Option<RequestKey>,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response<'a> {
    /// The request's id.
    pub id: u32,
    /// The method's result, or why there is none.
    pub outcome: Result<Raw<'a>, Refusal>,
}

/// Something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// What kind of thing.
    pub topic: &'a str,
    /// Counts from 1 for each subscription or channel.
    pub seq: u32,
    /// What happened.
    pub data: Raw<'a>,
}

/// Who reads, and when: it sets the budget and which envelopes may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The greeting is not over.
    Greeting,
    /// A server reads what clients send.
    Requests,
    /// A client reads what servers send.
    Answers,
}

impl Reading {
    /// What an envelope may cost.
    pub const fn budget(self) -> Budget {
        match self {
            Self::Greeting => GREETING,
            Self::Requests => REQUEST,
            Self::Answers => ANSWER,
        }
    }

    fn allows(self, tag: &str) -> bool {
        match self {
            Self::Greeting => matches!(tag, "hello" | "welcome" | "prove" | "ready" | "bye"),
            Self::Requests => matches!(tag, "request" | "bye"),
            Self::Answers => matches!(tag, "response" | "event" | "bye"),
        }
    }
}

/// Decodes the payload of a control frame.
pub fn decode(payload: &[u8], reading: Reading) -> Result<Control<'_>, CodecError> {
    let raw = codec::scan(payload, reading.budget())?;
    let mut fields = Fields::of(raw)?;
    let tag = fields.text("t")?;
    if !reading.allows(tag) {
        return Err(CodecError::unknown_tag(tag));
    }
    match tag {
        "hello" => codec::decode_tagged(raw, "t").map(Control::Hello),
        "welcome" => codec::decode_tagged(raw, "t").map(Control::Welcome),
        "prove" => codec::decode_tagged(raw, "t").map(Control::Prove),
        "ready" => codec::decode_tagged(raw, "t").map(Control::Ready),
        "bye" => codec::decode_tagged(raw, "t").map(Control::Bye),
        "request" => request(fields).map(Control::Request),
        "response" => response(fields).map(Control::Response),
        _ => event(fields).map(Control::Event),
    }
}

fn request(mut fields: Fields<'_>) -> Result<Request<'_>, CodecError> {
    let request = Request {
        id: fields.decode("id")?,
        method: fields.text("method")?,
        params: fields.need("params")?,
        key: fields.decode_optional("key")?,
    };
    fields.finish()?;
    Ok(request)
}

fn response(mut fields: Fields<'_>) -> Result<Response<'_>, CodecError> {
    let id = fields.decode("id")?;
    let outcome = match fields.decode_optional("error")? {
        Some(refusal) => Err(refusal),
        None => Ok(fields.need("ok")?),
    };
    fields.finish()?;
    Ok(Response { id, outcome })
}

fn event(mut fields: Fields<'_>) -> Result<Event<'_>, CodecError> {
    let event = Event { topic: fields.text("topic")?, seq: fields.decode("seq")?, data: fields.need("data")? };
    fields.finish()?;
    Ok(event)
}

/// What we send, in one pass: the payload type is the method's or the event's.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Outgoing<'a, P> {
    /// See [`Control::Hello`].
    Hello(&'a Hello),
    /// See [`Control::Welcome`].
    Welcome(&'a Welcome),
    /// See [`Control::Prove`].
    Prove(&'a Prove),
    /// See [`Control::Ready`].
    Ready(&'a Ready),
    /// See [`Control::Request`].
    Request {
        /// The request's id.
        id: u32,
        /// The method's name.
        method: &'a str,
        /// Its parameters.
        params: &'a P,
        /// The wish's key.
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<RequestKey>,
    },
    /// See [`Control::Response`]: the method's result.
    #[serde(rename = "response")]
    Answer {
        /// The request's id.
        id: u32,
        /// The result.
        ok: &'a P,
    },
    /// See [`Control::Response`]: why there is no result.
    #[serde(rename = "response")]
    Refused {
        /// The request's id.
        id: u32,
        /// Why.
        error: &'a Refusal,
    },
    /// See [`Control::Event`].
    Event {
        /// What kind of thing.
        topic: &'a str,
        /// Counts from 1.
        seq: u32,
        /// What happened.
        data: &'a P,
    },
    /// See [`Control::Bye`].
    Bye(&'a Refusal),
}

/// For envelopes that carry no type of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Empty {}

impl<P: Serialize> Outgoing<'_, P> {
    /// The payload of the control frame.
    pub fn encode(&self) -> Result<Vec<u8>, CodecError> {
        codec::encode(self)
    }
}
