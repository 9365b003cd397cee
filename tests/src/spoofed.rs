//! Whoever is on the cable and says what it likes: records of machines that are not there or not so, what is no DNS at all, and a
//! place where somebody waits for those who believe it.

use std::io::Read;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};

use homie_protocol::id::NodeId;

use crate::machine::LIMIT;

/// Spoofed machines.
pub const SPOOFED: u16 = 10_000;

/// Counts who comes to an address of the attacker's, and takes down what it says first.
#[derive(Debug)]
pub struct Trap {
    /// Where it is set.
    pub port: u16,
    caught: Arc<AtomicUsize>,
    words: Receiver<Vec<u8>>,
}

impl Trap {
    /// Sets it.
    pub fn set() -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::new(100, 64, 0, 200), 0))?;
        let (port, caught) = (listener.local_addr()?.port(), Arc::new(AtomicUsize::new(0)));
        let (counted, (tell, words)) = (Arc::clone(&caught), channel());
        std::thread::spawn(move || {
            for caller in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                let mut said = vec![0; 4_096];
                let read = caller.and_then(|mut caller| caller.read(&mut said)).unwrap_or_default();
                said.truncate(read);
                // Nobody may listen any more.
                let _told = tell.send(said);
            }
        });
        Ok(Self { port, caught, words })
    }

    /// How many have come.
    pub fn caught(&self) -> usize {
        self.caught.load(Ordering::SeqCst)
    }

    /// What the next one says.
    pub fn hear(&self) -> anyhow::Result<Vec<u8>> {
        Ok(self.words.recv_timeout(LIMIT)?)
    }
}

/// Again and again until it is enough, at least once. How many packets that were.
pub fn flood_until(is_enough: impl Fn() -> bool, speaker: &UdpSocket, tag: &str, port: u16) -> anyhow::Result<usize> {
    let mut packets = 0;
    loop {
        packets += flood(speaker, tag, port)?;
        if is_enough() {
            return Ok(packets);
        }
    }
}

/// Ten thousand machines of its tag, as many of other tags, and between them what is no DNS at all.
fn flood(speaker: &UdpSocket, tag: &str, port: u16) -> anyhow::Result<usize> {
    for number in 0..SPOOFED {
        let other = format!("{number:032x}");
        for tag in [tag, &other] {
            let record = Spoofed::of_tailnet(number, tag, port).record(&format!("spoofed{number}"))?;
            speaker.send(&record)?;
            // Cut anywhere, or with a byte that is another.
            let mut broken = record.clone();
            broken.truncate(usize::from(number) % record.len());
            speaker.send(&broken)?;
            let mut changed = record;
            let at = usize::from(number) * 7 % changed.len();
            if let Some(byte) = changed.get_mut(at) {
                *byte ^= 0xc0;
            }
            speaker.send(&changed)?;
        }
    }
    let nonsense = nonsense();
    for packet in &nonsense {
        speaker.send(packet)?;
    }
    Ok(usize::from(SPOOFED) * 6 + nonsense.len())
}

/// Names that lead to themselves, counts of records that are not there, and what is too long.
fn nonsense() -> Vec<Vec<u8>> {
    let head = |answers: u16| [&[0, 0, 0x84, 0, 0, 0][..], &answers.to_be_bytes(), &[0, 0, 0, 0]].concat();
    let itself = [head(1), vec![0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, 12]].concat();
    let each_other = [head(1), vec![0xc0, 14, 0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 9, 0, 2, 0xc0, 14]].concat();
    let endless = [head(1), [vec![63], vec![b'x'; 63]].concat().repeat(30)].concat();
    vec![itself, each_other, endless, head(u16::MAX), Vec::new(), vec![0xff; 1_400]]
}

/// A machine that is not there, or not so.
#[derive(Debug)]
pub struct Spoofed {
    host: String,
    port: u16,
    /// What is said besides.
    said: Vec<String>,
}

impl Spoofed {
    /// One of a tailnet.
    pub fn of_tailnet(number: u16, tag: &str, port: u16) -> Self {
        let [high, low] = number.to_be_bytes();
        let key = NodeId::from_bytes([high, low, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]).to_string();
        let said = vec![format!("k={key}"), "r=tailnet".to_owned(), format!("t={tag}")];
        Self { host: format!("h{number}"), port, said }
    }

    /// The key door of this machine.
    pub fn with_key_door(node: &str, port: u16) -> Self {
        Self { host: format!("h{port}"), port, said: vec![format!("k={node}"), "r=key".to_owned()] }
    }

    /// A whole answer: who is there, where, what is said of it, and its address.
    pub fn record(&self, label: &str) -> anyhow::Result<Vec<u8>> {
        let service = [name("_homie-mesh")?, name("_tcp")?, name("local")?, vec![0]].concat();
        let (instance, host) =
            ([name(label)?, service.clone()].concat(), [name(&self.host)?, name("local")?, vec![0]].concat());
        let said = ["txtvers=1".to_owned(), "v=9".to_owned()].into_iter().chain(self.said.clone());
        let srv = [&[0, 0, 0, 0][..], &self.port.to_be_bytes(), &host].concat();
        let text = said.map(|part| name(&part)).collect::<anyhow::Result<Vec<_>>>()?.concat();
        let mut packet = vec![0, 0, 0x84, 0, 0, 0, 0, 4, 0, 0, 0, 0];
        packet.extend(answer(&service, 12, 1, &instance)?);
        packet.extend(answer(&instance, 33, 0x8001, &srv)?);
        packet.extend(answer(&instance, 16, 0x8001, &text)?);
        packet.extend(answer(&host, 1, 0x8001, &[100, 64, 0, 200])?);
        Ok(packet)
    }
}

/// A text behind its length, as in names and in what is said.
fn name(text: &str) -> anyhow::Result<Vec<u8>> {
    Ok([&[u8::try_from(text.len())?][..], text.as_bytes()].concat())
}

/// For two minutes.
fn answer(of: &[u8], kind: u16, class: u16, what: &[u8]) -> anyhow::Result<Vec<u8>> {
    let length = u16::try_from(what.len())?.to_be_bytes();
    Ok([of, &kind.to_be_bytes(), &class.to_be_bytes(), &120_u32.to_be_bytes(), &length, what].concat())
}
