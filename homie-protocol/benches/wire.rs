//! What the wire costs for each frame and each request. Aims: a header in 20 ns, a typical request in 3 µs, output
//! without a copy of its payload.

use divan::{Bencher, black_box};
use homie_protocol::control::{Control, Outgoing, Reading, decode};
use homie_protocol::frame::{Header, Kind};
use homie_protocol::id::{Channel, Offset, RequestKey};
use homie_protocol::method::params;
use homie_protocol::methods::session::{Size, Start, StartParams};
use homie_protocol::stream::preamble;

fn main() {
    divan::main();
}

/// A frame's 16 bytes, checked against the table.
#[divan::bench]
fn header_parse(bencher: Bencher) {
    let frame = [&output(4_096).to_bytes()[..], &[b'x'; 4_096]].concat();
    bencher.bench(|| Header::parse(black_box(&frame)).map(|(header, payload)| (header, payload.len())).ok());
}

/// The walk, the envelope, and the parameters of `terminal.session.start`.
#[divan::bench]
fn request_decode(bencher: Bencher) {
    let payload = request();
    bencher.bench(|| match decode(black_box(&payload), Reading::Requests) {
        Ok(Control::Request(request)) => params::<Start>(&request).ok(),
        _ => None,
    });
}

/// The walk alone, which comes before anything is built.
#[divan::bench]
fn request_scan(bencher: Bencher) {
    let payload = request();
    bencher.bench(|| homie_protocol::codec::scan(black_box(&payload), homie_protocol::limits::REQUEST).is_ok());
}

#[divan::bench]
fn request_encode(bencher: Bencher) {
    bencher.bench(|| black_box(request()));
}

/// What is written before a payload, which stays where it is.
#[divan::bench(args = [1, 4_096, 65_536])]
fn output_encode(bencher: Bencher, len: usize) {
    let payload = vec![b'x'; len];
    let header = output(len);
    bencher.bench(|| preamble(black_box(header), black_box(&payload).len()));
}

fn output(offset: usize) -> Header {
    let offset = u64::try_from(offset).ok().and_then(Offset::new).unwrap_or_default();
    Header::new(Kind::Output, Channel::new(1), offset).unwrap_or(Header::CIRCUIT)
}

fn request() -> Vec<u8> {
    let words = |words: [&str; 3]| words.map(str::to_owned).to_vec();
    let env = [("LANG", "C.UTF-8"), ("TERM", "xterm-256color"), ("EDITOR", "vim")];
    let params = StartParams {
        name: Some("build".to_owned()),
        command: Some(words(["bash", "-lc", "cargo build --release"])),
        cwd: Some("/home/ada/src/homie".to_owned()),
        env: Some(env.map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
        size: Size::default(),
        pipes: None,
    };
    let key = Some(RequestKey::from_bytes([7; 16]));
    let request = Outgoing::Request { id: 17, method: "terminal.session.start", params: &params, key };
    request.encode().unwrap_or_default()
}
