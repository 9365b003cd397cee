//! `mesh.sock`: where a gateway of the same user joins its clients to this node. HTTP for one request, then a circuit.

use std::convert::Infallible;
use std::future::pending;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use homie_circuit::sealed::{Exporter, Sealed};
use homie_circuit::upgrade::{Protocol, UpgradeError, accept, accept_sealed, circuit, socket};
use homie_circuit::{FrameReader, FrameWriter, handed, websocket};
use homie_protocol::code::{Code, Refusal};
use homie_protocol::limits::HELLO_MS;
use homie_trust::{Claim, Keyed, KeysAlone, NodeDoor, Public, Relayed, TailnetCaller};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderMap, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::{OnUpgrade, Upgraded, on};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;
use tokio::time::timeout;

use super::Knock;
use super::admit::{Guest, admit};
use super::caller::{Elsewhere, elsewhere, relayed, user};
use crate::lock::locked;
use crate::shared::Shared;

/// How long a caller may take to ask for its circuit.
const ASKED_WITHIN: Duration = Duration::from_millis(HELLO_MS);

/// Serves one caller.
pub(crate) async fn greet(mut knock: Knock, shared: Arc<Shared>) {
    let path = format!("/m/{}", shared.server.key.node_id());
    let asked = tokio::select! {
        asked = timeout(ASKED_WITHIN, upgraded(knock.stream, &path, &shared)) => asked,
        () = knock.place.must_leave() => return tracing::debug!("a caller gave way to newer ones"),
    };
    match asked {
        Ok(Some((Carried { reader, writer, exporter, lease }, Whose { behind, from, alone, relayed }))) => {
            let guest = Guest { door: NodeDoor::Mesh { uid: knock.uid, behind }, from, alone, relayed, exporter };
            let mut served = pin!(admit(reader, writer.clone(), guest, (knock.place, knock.circuits), &shared));
            tokio::select! {
                () = &mut served => {}
                () = over(lease) => {
                    writer.close();
                    served.await;
                }
            }
        }
        Ok(None) => tracing::debug!("a caller asked for no circuit"),
        Err(_) => tracing::debug!("a caller took too long to ask for a circuit"),
    }
}

/// Waits until the gateway gives up a circuit whose socket it has handed over.
async fn over(lease: Option<UnixStream>) {
    match lease {
        Some(mut lease) => handed::given_up(&mut lease).await,
        None => pending().await,
    }
}

/// Who asks, as far as the gateway knows.
struct Whose {
    /// The user of this machine whose client it is.
    behind: Option<u32>,
    /// A client from the tailnet.
    from: Option<(Claim, TailnetCaller)>,
    /// One at a door that takes keys alone.
    alone: Option<KeysAlone>,
    /// What either says of whoever is behind it.
    relayed: Option<Relayed>,
}

/// What is asked for, and who asks.
struct Asked {
    upgrade: OnUpgrade,
    protocol: Protocol,
    /// Whether the client's own socket will come.
    is_handed: bool,
    whose: Whose,
}

/// A circuit, in a WebSocket or sealed.
struct Carried {
    reader: FrameReader,
    writer: FrameWriter,
    exporter: Option<Exporter>,
    /// What is left between gateway and node, if the gateway has handed over the client's socket.
    lease: Option<UnixStream>,
}

async fn upgraded(stream: UnixStream, path: &str, shared: &Shared) -> Option<(Carried, Whose)> {
    let asked: Mutex<Option<Asked>> = Mutex::default();
    let service = service_fn(|request| async { Ok::<_, Infallible>(answer(request, path, &asked, shared).await) });
    // Whoever looks for an early end reads, and would take away what a socket comes with.
    let connection = http1::Builder::new().half_close(true).serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.with_upgrades().await {
        tracing::debug!(%error, "a caller's request broke off");
    }
    let Asked { upgrade, protocol, is_handed, whose } = locked(&asked).take()?;
    let upgraded =
        upgrade.await.inspect_err(|error| tracing::debug!(%error, "a caller left before its circuit")).ok()?;
    let carried = if is_handed { by_itself(upgraded).await } else { carried(upgraded, protocol, shared).await };
    let carried = carried.inspect_err(|refusal| tracing::info!(%refusal, "a connection does not become a circuit"));
    Some((carried.ok()?, whose))
}

async fn carried(upgraded: Upgraded, protocol: Protocol, shared: &Shared) -> Result<Carried, Refusal> {
    let failed = |error: UpgradeError| Refusal::new(Code::Internal, error.to_string());
    match protocol {
        Protocol::WebSocket => {
            let (reader, writer) = circuit(upgraded).map_err(failed)?;
            Ok(Carried { reader, writer, exporter: None, lease: None })
        }
        Protocol::Sealed => {
            let (stream, early) = socket(upgraded).map_err(failed)?;
            let Sealed { reader, writer, exporter } = shared.sealer.accept(stream, early).await?;
            Ok(Carried { reader, writer, exporter: Some(exporter), lease: None })
        }
    }
}

/// In a WebSocket over the client's own socket.
async fn by_itself(upgraded: Upgraded) -> Result<Carried, Refusal> {
    let (mut lease, _) = socket(upgraded).map_err(|error| Refusal::new(Code::Internal, error.to_string()))?;
    let taken = handed::take(&mut lease).await;
    let (client, early) = taken.map_err(|error| Refusal::new(Code::Internal, format!("handed over: {error}")))?;
    let (reader, writer) = websocket(client, &early);
    Ok(Carried { reader, writer, exporter: None, lease: Some(lease) })
}

/// The handshake's answer; everything that is not `GET` of our own circuit is refused in words.
async fn answer(
    mut request: Request<Incoming>,
    path: &str,
    asked: &Mutex<Option<Asked>>,
    shared: &Shared,
) -> Response<String> {
    if request.uri().path() != path {
        return refuse(StatusCode::NOT_FOUND, "this node is not here");
    }
    if request.method() != Method::GET {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "a circuit is asked for with GET");
    }
    let protocol = Protocol::of(&request).unwrap_or(Protocol::WebSocket);
    let accepted = match protocol {
        Protocol::WebSocket => accept(&request),
        Protocol::Sealed => Ok(accept_sealed()),
    };
    let accepted = match accepted {
        Ok(accepted) => accepted,
        Err(error) => return refuse(error.status(), &error.to_string()),
    };
    match whose(request.headers(), shared).await {
        Ok(whose) => {
            let is_handed = protocol == Protocol::WebSocket && request.headers().contains_key(handed::HANDED);
            *locked(asked) = Some(Asked { upgrade: on(&mut request), protocol, is_handed, whose });
            let mut accepted = accepted.map(|()| String::new());
            accepted.headers_mut().extend(is_handed.then(|| (handed::HANDED, HeaderValue::from_static("1"))));
            accepted
        }
        Err(words) => refuse(StatusCode::FORBIDDEN, &words),
    }
}

/// Asks about a client from the tailnet, whatever the gateway has been told. A key, and who comes from the internet, counts only
/// where this machine has such a door; whose key it is is held against the roster in the greeting.
async fn whose(headers: &HeaderMap, shared: &Shared) -> Result<Whose, String> {
    let garbled = |_| "the caller is named in half".to_owned();
    let (elsewhere, behind) = (elsewhere(headers).map_err(garbled)?, user(headers).map_err(garbled)?);
    let relayed = relayed(headers).map_err(garbled)?;
    let nobody = Whose { behind: None, from: None, alone: None, relayed };
    match elsewhere {
        None => Ok(Whose { behind, ..nobody }),
        Some(Elsewhere::Keyed(address, known)) => {
            let highest = shared.keyed.ok_or("this node has no door for keys")?;
            Ok(Whose { alone: Some(KeysAlone::Keyed(Keyed { known, address, highest })), ..nobody })
        }
        Some(Elsewhere::Public(address)) => {
            let highest = shared.public.ok_or("this node has no door to the internet")?;
            Ok(Whose { alone: Some(KeysAlone::Public(Public { address, highest })), ..nobody })
        }
        Some(Elsewhere::Tailnet(claim)) => {
            let caller = of_tailnet(&claim, shared).await?;
            Ok(Whose { from: Some((claim, caller)), ..nobody })
        }
    }
}

async fn of_tailnet(claim: &Claim, shared: &Shared) -> Result<TailnetCaller, String> {
    let watch = shared.watch.as_ref().ok_or("this node lets nobody in from the tailnet")?;
    watch.tailnet.who(claim).await.map_err(|why| {
        tracing::info!("a caller from the tailnet was sent away: {why:?}");
        format!("{}: {why}", why.name())
    })
}

fn refuse(status: StatusCode, words: &str) -> Response<String> {
    let mut response = Response::new(format!("{words}\n"));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
