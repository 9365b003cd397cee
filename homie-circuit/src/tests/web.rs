//! The way to another machine: a real TLS server with a certificate that is made here.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use homie_protocol::code::Code;
use homie_protocol::limits::PAYLOAD_MAX;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::{PATIENCE, frame, input, output};
use crate::client::{ABOUT, Dial, Dialling, Line, Web};
use crate::{upgrade, websocket};

const NAME: &str = "gw.tail.test";

/// A machine whose circuit gives back what it takes, and a client of it that believes its certificate.
async fn machine() -> Web {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([NAME.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let provider = Arc::new(default_provider());
    let tls = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13]).unwrap();
    let tls = tls.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(tls));
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(socket) = acceptor.accept(socket).await else { return };
                let connection = http1::Builder::new().serve_connection(TokioIo::new(socket), service_fn(answer));
                // A client that leaves is its own matter.
                let _ended = connection.with_upgrades().await;
            });
        }
    });
    let authority = format!("{NAME}:{port}");
    let targets = vec!["127.0.0.1".to_owned()];
    Web {
        targets,
        port,
        through: None,
        name: NAME.to_owned(),
        authority,
        path: "/m/one".to_owned(),
        tls: believing(cert.der()),
    }
}

fn believing(certificate: &CertificateDer<'static>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let provider = Arc::new(default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_protocol_versions(&[&TLS13]).unwrap();
    Arc::new(config.with_root_certificates(roots).with_no_client_auth())
}

async fn answer(mut request: Request<Incoming>) -> Result<Response<String>, Infallible> {
    let said = |status, text: &str| {
        let mut response = Response::new(text.to_owned());
        *response.status_mut() = status;
        Ok(response)
    };
    match request.uri().path() {
        "/about" => said(StatusCode::OK, "a machine"),
        ABOUT => said(StatusCode::OK, "{\"homie\":\"0.1.0\"}"),
        "/large" => said(StatusCode::OK, &"x".repeat(20_000)),
        "/m/one" => {
            let Ok(accepted) = upgrade::accept(&request) else { return said(StatusCode::BAD_REQUEST, "") };
            tokio::spawn(give_back(hyper::upgrade::on(&mut request)));
            Ok(accepted.map(|()| String::new()))
        }
        "/m/unwelcome" => said(StatusCode::FORBIDDEN, "tagged: not you\n"),
        _ => said(StatusCode::NOT_FOUND, ""),
    }
}

async fn give_back(upgrade: hyper::upgrade::OnUpgrade) {
    let parts = upgrade.await.unwrap().downcast::<TokioIo<TlsStream<TcpStream>>>().unwrap();
    let (near, mut far) = UnixStream::pair().unwrap();
    let mut tls = parts.io.into_inner();
    tokio::spawn(async move { copy_bidirectional(&mut tls, &mut far).await });
    let (mut reader, writer) = websocket(near, &parts.read_buf);
    while let Ok(Some(frame)) = reader.next().await {
        writer.send(output(0), &frame.payload).unwrap();
    }
}

#[tokio::test]
async fn frames_of_every_size_go_there_and_come_back() {
    let (mut reader, writer) = machine().await.circuit().await.unwrap();
    for len in [1, 109, 110, 65_519, 65_520, PAYLOAD_MAX] {
        let payload: Vec<u8> = (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect();
        writer.send(input(0), &payload).unwrap();
        assert!(frame(&mut reader).await.payload == payload, "{len} bytes came back as others");
    }
    writer.close();
    assert_eq!(timeout(PATIENCE, reader.next()).await.unwrap(), Ok(None), "the other side ends as well");
}

#[tokio::test]
async fn a_small_page_is_read_and_a_large_one_is_not() {
    let web = machine().await;
    assert_eq!(web.get("/about").await, Ok(Bytes::from_static(b"a machine")));
    assert_eq!(web.get("/large").await.unwrap_err().code, Code::Unreachable);
}

#[tokio::test]
async fn whoever_is_not_let_in_or_finds_another_is_told() {
    let web = machine().await;
    let refused = async |web: Web| web.circuit().await.map(|_| ()).unwrap_err();
    let at = |path: &str| Web { path: path.to_owned(), ..web.clone() };
    let unwelcome = refused(at("/m/unwelcome")).await;
    assert!(unwelcome.code == Code::Forbidden && unwelcome.message.contains("tagged: not you"), "{unwelcome}");
    assert_eq!(refused(at("/m/another")).await.code, Code::Unauthenticated);
    assert!(refused(at("/about")).await.message.contains("not Homie"));
    let other = refused(Web { name: "other.tail.test".to_owned(), ..web.clone() }).await;
    assert!(other.code == Code::Unauthenticated && other.message.contains("another machine's"), "{other}");
    let stranger = generate_simple_self_signed([NAME.to_owned()]).unwrap();
    let stranger = refused(Web { tls: believing(stranger.cert.der()), ..web.clone() }).await;
    assert!(stranger.code == Code::Unauthenticated && stranger.message.contains("HOMIE_TLS_CA_FILE"), "{stranger}");
    assert_eq!(refused(Web { name: "no name".to_owned(), ..web }).await.code, Code::NotFound);
}

/// The same machine without TLS.
async fn bare() -> Web {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service_fn(answer)));
        }
    });
    Web { port, ..machine().await }
}

#[tokio::test]
async fn without_tls_homie_is_refused_as_well_and_told_from_what_is_none() {
    let refused = bare().await.get("/about").await.unwrap_err();
    assert!(refused.code == Code::Unauthenticated && refused.message.contains("without a certificate"), "{refused}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            // Whoever has gone is its own matter.
            let _said = socket.write_all(b"220 mail\r\n").await;
        }
    });
    let refused = Web { port, ..machine().await }.get("/about").await.unwrap_err();
    assert!(refused.code == Code::Unreachable && refused.message.contains("not Homie"), "{refused}");
}

/// Knows where a machine really is.
#[derive(Debug)]
struct Through(u16);

impl Dial for Through {
    fn dial<'a>(&'a self, target: &'a str, port: u16) -> Dialling<'a> {
        Box::pin(async move {
            assert_eq!((target, port), ("100.64.0.9", 4663));
            Ok(Box::new(TcpStream::connect(("127.0.0.1", self.0)).await?) as Line)
        })
    }
}

#[tokio::test]
async fn somebody_else_connects_where_this_machine_cannot() {
    let web = machine().await;
    let through: Arc<dyn Dial> = Arc::new(Through(web.port));
    let web = Web { targets: vec!["100.64.0.9".to_owned()], port: 4663, through: Some(through), ..web };
    let (mut reader, writer) = web.circuit().await.unwrap();
    writer.send(input(0), b"there and back").unwrap();
    assert_eq!(frame(&mut reader).await.payload, b"there and back"[..]);
}

/// The first address that answers is taken; where none does, the last word is told.
#[tokio::test]
async fn one_address_after_another_is_tried() {
    let web = machine().await;
    let targets = vec!["127.0.0.2".to_owned(), "127.0.0.1".to_owned()];
    assert!(Web { targets, ..web.clone() }.circuit().await.is_ok());
    let nobody = Web { targets: vec!["127.0.0.2".to_owned()], ..web.clone() }.get("/about").await.unwrap_err();
    assert!(nobody.code == Code::Unreachable && nobody.message.contains("nothing listens there"), "{nobody}");
    let silent = Web { targets: Vec::new(), ..web }.get("/about").await.unwrap_err();
    assert!(silent.message.contains("does not answer"), "{silent}");
}
