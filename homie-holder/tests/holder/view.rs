//! What one channel has shown to the test's node, and that nothing is missing in it.

use homie_protocol::code::Code;
use homie_protocol::codec::decode_scanned;
use homie_protocol::control::{Control, Reading, decode};
use homie_protocol::event::{Clipboard, Detached, Exited, Resized};
use homie_protocol::frame::{Flags, Header};
use homie_protocol::holder::Opened;
use homie_protocol::limits::OUTPUT_FRAME;
use homie_protocol::methods::session::{ExitStatus, Gap, Size};

/// What one channel has shown.
pub(crate) struct View {
    pub(crate) opened: Opened,
    /// The next byte that must come.
    pub(crate) at: u64,
    pub(crate) bytes: Vec<u8>,
    pub(crate) events: Vec<(u64, Happened)>,
    /// Input acks: applied, output offset, modes.
    pub(crate) acks: Vec<(u64, u64, Flags)>,
    /// Whole snapshots, with their offsets.
    pub(crate) skips: usize,
    /// The last snapshot that was not said to be shown.
    pub(crate) unshown: Option<u64>,
    pub(crate) snapshots: Vec<(u64, Vec<u8>)>,
    /// What has come of the next one.
    pub(crate) pieces: Option<Vec<u8>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Happened {
    Gap(u64, u64),
    Resized(Size),
    Exited(ExitStatus),
    Clipboard(Vec<u8>),
    Detached(Code),
}

impl View {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn shows(&self, text: &str) -> bool {
        self.bytes.windows(text.len()).any(|window| window == text.as_bytes())
    }

    pub(crate) fn shows_at_end(&self, text: &str) -> bool {
        self.bytes.ends_with(text.as_bytes())
    }

    pub(crate) fn exit(&self) -> Option<ExitStatus> {
        self.events.iter().find_map(|(_, happened)| match happened {
            Happened::Exited(status) => Some(*status),
            _ => None,
        })
    }

    pub(crate) fn detached(&self) -> Option<Code> {
        self.events.iter().find_map(|(_, happened)| match happened {
            Happened::Detached(code) => Some(*code),
            _ => None,
        })
    }

    pub(crate) fn applied(&self) -> u64 {
        self.acks.last().map_or(0, |(applied, ..)| *applied)
    }
}

impl View {
    pub(crate) fn new(opened: Opened) -> Self {
        let at = opened.from.get();
        let (bytes, events, acks, snapshots) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { opened, at, bytes, events, acks, snapshots, skips: 0, unshown: None, pieces: None }
    }

    /// A piece of a snapshot. The last one begins the bytes anew; a skip is painted over what they show.
    pub(crate) fn piece(&mut self, header: Header, payload: &[u8]) -> bool {
        assert!(payload.len() <= OUTPUT_FRAME);
        let pieces = self.pieces.get_or_insert_default();
        pieces.extend_from_slice(payload);
        let (is_last, is_skip) = (header.flags().has(Flags::LAST), header.flags().has(Flags::SKIP));
        if let Some(pieces) = self.pieces.take_if(|_| is_last) {
            self.at = header.offset().get();
            if is_skip {
                self.bytes.extend(pieces);
                self.skips += 1;
            } else {
                self.snapshots.push((self.at, pieces));
                self.bytes.clear();
            }
        }
        is_last
    }

    pub(crate) fn event(&mut self, header: Header, payload: &[u8]) {
        let Control::Event(event) = decode(payload, Reading::Answers).unwrap() else { panic!("not an event") };
        assert_eq!(event.seq as usize, self.events.len() + 1);
        let happened = match event.topic {
            "terminal.session.gap" => {
                let gap: Gap = decode_scanned(event.data).unwrap();
                assert_eq!(gap.from.get(), self.at);
                self.at = gap.to.get();
                Happened::Gap(gap.from.get(), gap.to.get())
            }
            "terminal.session.resized" => Happened::Resized(decode_scanned::<Resized>(event.data).unwrap().size),
            "terminal.session.exited" => Happened::Exited(decode_scanned::<Exited>(event.data).unwrap().status),
            "terminal.session.clipboard" => {
                Happened::Clipboard(decode_scanned::<Clipboard>(event.data).unwrap().text.into_vec())
            }
            "terminal.session.detached" => {
                Happened::Detached(decode_scanned::<Detached>(event.data).unwrap().reason.code)
            }
            topic => panic!("{topic} came from the holder"),
        };
        self.events.push((header.offset().get(), happened));
    }
}
