//! Everything a circuit has brought, in its order.

use homie_protocol::code::Refusal;
use homie_protocol::codec::decode_scanned;
use homie_protocol::control::{Control, Event, Reading, decode};
use homie_protocol::event::{Detached, Driver, Exited, Resized, SessionChanged, Topic};
use homie_protocol::frame::{Flags, Header, Kind};
use homie_protocol::methods::session::{ExitStatus, Gap, Size};
use homie_screen::{Effects, Limits, Screen};

/// One thing that came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Seen {
    /// The response to a request, undecoded.
    Response(u32, Result<Vec<u8>, Refusal>),
    /// On channel 0.
    Changed(u32, Box<SessionChanged>),
    /// Channel, offset, bytes.
    Output(u32, u64, Vec<u8>),
    /// Channel and offset.
    Ack(u32, u64),
    /// Channel, and from where to where bytes are declared lost.
    Gap(u32, u64, u64),
    Resized(u32, Size),
    /// Channel, and whether it drives the size now.
    Driver(u32, bool),
    /// Channel, offset, flags, bytes: a piece of a snapshot.
    Snapshot(u32, u64, Flags, Vec<u8>),
    Exited(u32, ExitStatus),
    Detached(u32, Refusal),
    Bye(Refusal),
    /// Nothing more comes.
    End,
}

impl Seen {
    pub(crate) fn of(header: Header, payload: &[u8]) -> Self {
        let (channel, offset) = (header.channel().get(), header.offset().get());
        match header.kind() {
            Kind::Output => Self::Output(channel, offset, payload.to_vec()),
            Kind::Ack => Self::Ack(channel, offset),
            Kind::Snapshot => Self::Snapshot(channel, offset, header.flags(), payload.to_vec()),
            Kind::Control => match decode(payload, Reading::Answers).unwrap() {
                Control::Response(response) => {
                    Self::Response(response.id, response.outcome.map(|raw| raw.bytes().to_vec()))
                }
                Control::Event(event) => Self::event(channel, &event),
                Control::Bye(refusal) => Self::Bye(refusal),
                other => panic!("{other:?} has no place here"),
            },
            other => panic!("{other:?} does not come from a node"),
        }
    }

    fn event(channel: u32, event: &Event<'_>) -> Self {
        match event.topic {
            SessionChanged::NAME => Self::Changed(event.seq, Box::new(decode_scanned(event.data).unwrap())),
            Gap::NAME => {
                let gap = decode_scanned::<Gap>(event.data).unwrap();
                Self::Gap(channel, gap.from.get(), gap.to.get())
            }
            Resized::NAME => Self::Resized(channel, decode_scanned::<Resized>(event.data).unwrap().size),
            Driver::NAME => Self::Driver(channel, decode_scanned::<Driver>(event.data).unwrap().drives),
            Exited::NAME => Self::Exited(channel, decode_scanned::<Exited>(event.data).unwrap().status),
            Detached::NAME => Self::Detached(channel, decode_scanned::<Detached>(event.data).unwrap().reason),
            other => panic!("{other} was not expected"),
        }
    }

    /// The session's channel it came on, if it did.
    pub(crate) fn channel(&self) -> Option<u32> {
        match self {
            Self::Output(channel, ..)
            | Self::Ack(channel, _)
            | Self::Gap(channel, ..)
            | Self::Resized(channel, _)
            | Self::Driver(channel, _)
            | Self::Snapshot(channel, ..)
            | Self::Exited(channel, _)
            | Self::Detached(channel, _) => Some(*channel),
            Self::Response(..) | Self::Changed(..) | Self::Bye(_) | Self::End => None,
        }
    }
}

/// Everything that came, in its order.
#[derive(Debug, Default)]
pub(crate) struct History(pub(crate) Vec<Seen>);

/// The number of an event on a session's channel.
pub(crate) fn number(header: Header, payload: &[u8]) -> Option<(u32, u32)> {
    if header.kind() != Kind::Control || header.channel().is_circuit() {
        return None;
    }
    match decode(payload, Reading::Answers) {
        Ok(Control::Event(event)) => Some((header.channel().get(), event.seq)),
        _ => None,
    }
}

impl History {
    /// What a channel has shown.
    pub(crate) fn text(&self, channel: u32) -> String {
        let bytes: Vec<u8> = self
            .0
            .iter()
            .flat_map(|seen| match seen {
                Seen::Output(on, _, bytes) if *on == channel => bytes.clone(),
                _ => Vec::new(),
            })
            .collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The last snapshot of a channel, if it is whole: its offset and its bytes.
    pub(crate) fn snapshot(&self, channel: u32) -> Option<(u64, Vec<u8>)> {
        let (mut bytes, mut whole) = (Vec::new(), None);
        for seen in &self.0 {
            if let Seen::Snapshot(on, at, flags, piece) = seen
                && *on == channel
            {
                bytes.extend_from_slice(piece);
                if flags.has(Flags::LAST) {
                    whole = Some((*at, std::mem::take(&mut bytes)));
                }
            }
        }
        whole
    }

    /// What a terminal shows that has painted the last snapshot of a channel, and the snapshot's offset.
    pub(crate) fn painted(&self, channel: u32, size: Size) -> (u64, Screen) {
        let (at, bytes) = self.snapshot(channel).expect("a whole snapshot");
        let mut screen = Screen::new(size, Limits::default());
        screen.feed(&bytes, &mut Effects::default());
        (at, screen)
    }

    pub(crate) fn exited(&self, channel: u32) -> Option<ExitStatus> {
        self.0.iter().find_map(|seen| match seen {
            Seen::Exited(on, status) if *on == channel => Some(*status),
            _ => None,
        })
    }

    /// What a channel was told last of who drives.
    pub(crate) fn drives(&self, channel: u32) -> Option<bool> {
        self.0.iter().rev().find_map(|seen| match seen {
            Seen::Driver(on, drives) if *on == channel => Some(*drives),
            _ => None,
        })
    }

    pub(crate) fn detached(&self, channel: u32) -> Option<&Refusal> {
        self.0.iter().find_map(|seen| match seen {
            Seen::Detached(on, reason) if *on == channel => Some(reason),
            _ => None,
        })
    }

    pub(crate) fn bye(&self) -> Option<&Refusal> {
        self.0.iter().find_map(|seen| match seen {
            Seen::Bye(refusal) => Some(refusal),
            _ => None,
        })
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.0.last() == Some(&Seen::End)
    }

    /// Changes of sessions with their numbers.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (u32, &SessionChanged)> {
        self.0.iter().filter_map(|seen| match seen {
            Seen::Changed(seq, change) => Some((*seq, &**change)),
            _ => None,
        })
    }
}
