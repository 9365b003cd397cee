//! A client of the gateway's own circuits, written from the specification, so that it is nobody's mirror.

use futures_util::{SinkExt, StreamExt};
use homie_protocol::code::Code;
use homie_protocol::control::{self, Control, Empty, Outgoing, Reading};
use homie_protocol::frame::{HEADER_LEN, Header};
use homie_protocol::hello::{ClientKind, Hello, Nonce, Prove, Role, Side, Transcript, Welcome};
use homie_protocol::id::RequestKey;
use homie_protocol::method::Method;
use homie_protocol::version::SPOKEN;
use homie_trust::{KeyPair, SystemRandom, random_bytes};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::harness::{House, within};

/// What a circuit says, the last of it decoded.
pub(crate) type Payload = Vec<u8>;

/// A connection, whatever it is made of.
pub(crate) trait Line: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

pub(crate) struct Client {
    asked: u32,
    socket: WebSocketStream<Box<dyn Line>>,
}

impl Client {
    pub(crate) async fn open(house: &House) -> Self {
        Self::over(house, house.connect().await).await
    }

    pub(crate) async fn over(house: &House, stream: TcpStream) -> Self {
        Self::dialled((&house.host(), &format!("http://{}", house.host())), stream).await.unwrap()
    }

    /// Where this host is dialled from this page; the status if that is refused.
    pub(crate) async fn dialled((host, origin): (&str, &str), stream: impl Line + 'static) -> Result<Self, u16> {
        let mut request = format!("ws://{host}/ws").into_client_request().unwrap();
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("homie.v1"));
        request.headers_mut().insert("Origin", HeaderValue::try_from(origin).unwrap());
        let stream: Box<dyn Line> = Box::new(stream);
        match within(tokio_tungstenite::client_async(request, stream)).await {
            Ok((socket, _)) => Ok(Self { asked: 0, socket }),
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) async fn say(&mut self, message: &Outgoing<'_, impl serde::Serialize>) {
        let frame = [Header::CIRCUIT.to_bytes().as_slice(), &message.encode().unwrap()].concat();
        within(self.socket.send(Message::binary(frame))).await.unwrap();
    }

    /// The next control payload; `None` once the circuit is closed. On a slow machine the gateway asks whether we live.
    pub(crate) async fn hear(&mut self) -> Option<Payload> {
        loop {
            match self.frame().await? {
                ping if ping[0] == Header::PING.to_bytes()[0] => {
                    let answer = [Header::PONG.to_bytes().as_slice(), &ping[HEADER_LEN..]].concat();
                    within(self.socket.send(Message::binary(answer))).await.unwrap();
                }
                frame => return Some(frame[HEADER_LEN..].to_vec()),
            }
        }
    }

    async fn frame(&mut self) -> Option<Payload> {
        match within(self.socket.next()).await {
            Some(Ok(Message::Binary(frame))) => Some(frame.to_vec()),
            None | Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed | Error::Protocol(_) | Error::Io(_))) => {
                None
            }
            other => panic!("not a frame: {other:?}"),
        }
    }

    /// Greets with this key, and gives the role; or the code of the refusal.
    pub(crate) async fn greet(&mut self, house: &House, key: &KeyPair, origin: &str) -> Result<Role, Code> {
        self.greet_at((&house.host(), origin), key).await
    }

    /// The same where this host was dialled.
    pub(crate) async fn greet_at(&mut self, (host, origin): (&str, &str), key: &KeyPair) -> Result<Role, Code> {
        let hello = Hello {
            versions: SPOKEN,
            device: Some(key.device_key()),
            kind: ClientKind::Web,
            agent: "test".to_owned(),
            nonce: Nonce(random_bytes(&SystemRandom).unwrap()),
            host: host.to_owned(),
            origin: Some(origin.to_owned()),
        };
        self.say(&Outgoing::<Empty>::Hello(&hello)).await;
        let welcome = match control::decode(&self.hear().await.unwrap(), Reading::Greeting).unwrap() {
            Control::Welcome(welcome) => welcome,
            Control::Bye(refusal) => return Err(refusal.code),
            other => panic!("not a welcome: {other:?}"),
        };
        let bytes = transcript(&hello, &welcome, key).bytes(Side::ClientOfGateway);
        self.say(&Outgoing::<Empty>::Prove(&Prove { sig: key.sign(&bytes).unwrap(), roster: None })).await;
        match control::decode(&self.hear().await.unwrap(), Reading::Greeting).unwrap() {
            Control::Ready(ready) => Ok(ready.role),
            Control::Bye(refusal) => Err(refusal.code),
            other => panic!("not ready: {other:?}"),
        }
    }

    /// Calls a method, and waits for its answer.
    pub(crate) async fn ask<M: Method>(&mut self, params: &M::Params) -> Result<M::Output, Code> {
        let id = self.begin_to_ask::<M>(params).await;
        self.answer::<M>(id).await
    }

    /// Calls a method; its answer may come later.
    pub(crate) async fn begin_to_ask<M: Method>(&mut self, params: &M::Params) -> u32 {
        self.asked += 1;
        let key = M::ROW.keyed.then(|| RequestKey::from_bytes(random_bytes(&SystemRandom).unwrap()));
        self.say(&Outgoing::Request { id: self.asked, method: M::ROW.name, params, key }).await;
        self.asked
    }

    pub(crate) async fn answer<M: Method>(&mut self, id: u32) -> Result<M::Output, Code> {
        let payload = self.hear().await.unwrap();
        let Control::Response(response) = control::decode(&payload, Reading::Answers).unwrap() else {
            panic!("not a response");
        };
        assert_eq!(response.id, id);
        let output = response.outcome.map_err(|refusal| refusal.code)?;
        Ok(homie_protocol::codec::decode_scanned(output).unwrap())
    }
}

/// A circuit of this key, and the role it has.
pub(crate) async fn greeted(house: &House, key: &KeyPair) -> (Client, Role) {
    let mut client = Client::open(house).await;
    let role = client.greet(house, key, &format!("http://{}", house.host())).await.unwrap();
    (client, role)
}

fn transcript<'a>(hello: &'a Hello, welcome: &'a Welcome, key: &KeyPair) -> Transcript<'a> {
    assert_eq!(hello.device.as_ref().unwrap().id, key.device_key().id);
    Transcript::of(hello, welcome)
}
