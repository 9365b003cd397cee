//! Questions to servers over TLS that answer as Homie does, as something else, or not at all.

use std::sync::Arc;

use homie_protocol::id::NodeId;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::reach::web;

const NAME: &str = "shed.test";

/// What is written back to every request, whatever it says; nothing: it is never answered.
type Answer = Option<Vec<u8>>;

fn http(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn homie() -> Vec<u8> {
    http("200 OK", &crate::about::about(&NodeId::from_bytes([7; 16]), "shed"))
}

/// A server with this name in its certificate, and somebody who believes that certificate and nobody else's.
fn server(listener: TcpListener, name: &str, answer: Answer) -> Arc<ClientConfig> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let builder = rustls::ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let server = builder.with_protocol_versions(&[&TLS13]).unwrap().with_no_client_auth();
    let acceptor = TlsAcceptor::from(Arc::new(server.with_single_cert(vec![cert.der().clone()], key).unwrap()));
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (acceptor, answer) = (acceptor.clone(), answer.clone());
            tokio::spawn(async move {
                let Ok(mut socket) = acceptor.accept(socket).await else { return };
                let _read = socket.read(&mut [0; 4096]).await;
                match answer {
                    Some(answer) => drop(socket.write_all(&answer).await),
                    None => std::future::pending().await,
                }
            });
        }
    });
    believing(&[cert.der().clone()])
}

fn believing(certificates: &[rustls::pki_types::CertificateDer<'static>]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates.iter().cloned());
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let client = builder.with_protocol_versions(&[&TLS13]).unwrap();
    Arc::new(client.with_root_certificates(roots).with_no_client_auth())
}

async fn listen() -> (TcpListener, Place) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let targets = vec!["127.0.0.1".to_owned()];
    (listener, Place { name: NAME.to_owned(), port, is_usual: false, targets, node: None })
}

async fn ask_with(tls: Arc<ClientConfig>, place: &Place) -> Option<(About, u16)> {
    ask(place, &web(place, None, tls)).await
}

async fn asked(name: &str, answer: Answer) -> Option<String> {
    let (listener, place) = listen().await;
    let tls = server(listener, name, answer);
    ask_with(tls, &place).await.map(|(about, _)| about.name)
}

#[tokio::test]
async fn homie_says_who_it_is() {
    assert_eq!(asked(NAME, Some(homie())).await.as_deref(), Some("shed"));
    assert_eq!(asked("other.test", Some(homie())).await, None, "that is another machine's certificate");
}

#[tokio::test]
async fn what_something_else_answers_is_silence() {
    let said = crate::about::about(&NodeId::from_bytes([7; 16]), "shed");
    let elsewhere =
        Some(b"HTTP/1.1 302 Found\r\nlocation: https://elsewhere.test/\r\ncontent-length: 0\r\n\r\n".to_vec());
    let endless = Some([b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &vec![b' '; 10 << 20], said.as_bytes()].concat());
    let long_head = Some([b"HTTP/1.1 200 OK\r\nx: ".as_slice(), &vec![b'a'; 10 << 20]].concat());
    for answer in [
        Some(http("404 Not Found", &said)),
        Some(http("200 OK", "<html>A printer</html>")),
        Some(http("200 OK", "{\"homie\":\"0.1.0\",\"node\":\"../../etc\"}")),
        Some(http("200 OK", &"[".repeat(16_000))),
        elsewhere,
        endless,
        long_head,
        Some(b"SSH-2.0-OpenSSH_9.9\r\n".to_vec()),
        Some(Vec::new()),
    ] {
        assert_eq!(asked(NAME, answer).await, None);
    }
}

#[tokio::test]
async fn who_does_not_answer_is_not_waited_for() {
    assert_eq!(asked(NAME, None).await, None);
    let (listener, place) = listen().await;
    let mute = tokio::spawn(async move { listener.accept().await });
    assert_eq!(ask_with(believing(&[]), &place).await, None, "it takes the connection and says nothing");
    mute.await.unwrap().unwrap();
    let (listener, place) = listen().await;
    drop(listener);
    assert_eq!(ask_with(believing(&[]), &place).await, None, "nobody listens");
}

#[tokio::test]
async fn homie_is_found_behind_a_port_that_something_else_has() {
    let (printer, place, homie_there) = loop {
        let (printer, place) = listen().await;
        let next = place.port.checked_add(2).filter(|port| *port < u16::MAX - 10);
        let Some(next) = next else { continue };
        if let Ok(free) = TcpListener::bind(("127.0.0.1", next)).await {
            break (printer, Place { is_usual: true, ..place }, free);
        }
    };
    let _other = server(printer, NAME, Some(http("200 OK", "<html>")));
    let tls = server(homie_there, NAME, Some(homie()));
    let (about, port) = ask_with(tls, &place).await.unwrap();
    assert_eq!((about.name.as_str(), port), ("shed", place.port + 2));
}
