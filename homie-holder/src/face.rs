//! What the session shows to those who do not look at it, and when that is told: at most twice a second, however fast it
//! changes.

use std::time::{Duration, Instant};

use homie_protocol::id::Offset;
use homie_protocol::methods::session::{Attention, AttentionKind, Face};
use homie_protocol::name::visible;
use homie_screen::Signal;

/// A change is told, and the last lines are looked at, at most so often.
const EVERY: Duration = Duration::from_millis(500);

/// Characters of a title or a message.
const TEXT: usize = 256;

/// Lines that are shown, and characters of each.
pub(crate) const LINES: usize = 4;
pub(crate) const CHARACTERS: usize = 120;

/// Bytes of a folder's path: the most that the system takes.
const PATH: usize = 4096;

#[derive(Default)]
pub(crate) struct Faces {
    face: Face,
    history_bytes: u64,
    /// Somebody typed when output stood here: what asked for them before has been seen.
    typed: Offset,
    /// The name of this machine, as its shells say it.
    machine: String,
    telling: Seldom,
    looking: Seldom,
}

/// Something that is done at most so often.
#[derive(Debug, Default)]
pub(crate) struct Seldom {
    is_due: bool,
    /// Not before this.
    next: Option<Instant>,
}

impl Seldom {
    pub(crate) fn note(&mut self) {
        self.is_due = true;
    }

    /// Whether it is to be done now; then it is done.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let is_time = self.is_due && self.next <= Some(now);
        if is_time {
            self.done(now);
        }
        is_time
    }

    /// It is done now, whether it was due or not.
    pub(crate) fn done(&mut self, now: Instant) {
        *self = Self { is_due: false, next: Some(now + EVERY) };
    }

    /// When it is to be done, if not at once.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.next.filter(|_| self.is_due)
    }
}

impl Faces {
    /// Those of a session on this machine.
    pub(crate) fn new(machine: String) -> Self {
        Self { machine, ..Self::default() }
    }

    pub(crate) fn face(&self) -> Face {
        self.face.clone()
    }

    pub(crate) fn history_bytes(&self) -> u64 {
        self.history_bytes
    }

    /// A program has said something, in a sequence that ends at this offset.
    pub(crate) fn signal(&mut self, at: u64, signal: Signal) {
        let mut face = self.face.clone();
        match signal {
            Signal::Title(title) => face.title = some(visible(&title, TEXT)),
            Signal::Directory(address) => face.folder = folder(&address, &self.machine),
            Signal::Bell if at > self.typed.get() && face.attention.is_none() => {
                face.attention = Some(Attention { kind: AttentionKind::Bell, text: None });
            }
            Signal::Notification { title, body } if at > self.typed.get() => {
                let whole = title.map_or_else(|| body.clone(), |title| format!("{title}: {body}"));
                face.attention = Some(Attention { kind: AttentionKind::Message, text: some(visible(&whole, TEXT)) });
            }
            _ => {}
        }
        self.turn(face);
    }

    /// Somebody typed when output stood here.
    pub(crate) fn typed(&mut self, at: Offset) {
        self.typed = at;
        if self.face.attention.is_some() {
            self.turn(Face { attention: None, ..self.face.clone() });
        }
    }

    /// The screen may show something else.
    pub(crate) fn stirred(&mut self) {
        self.looking.note();
    }

    /// Whether the screen is to be looked at now.
    pub(crate) fn looks(&mut self, now: Instant) -> bool {
        self.looking.take(now)
    }

    /// What the screen shows.
    pub(crate) fn seen(&mut self, lines: &[String], history_bytes: u64) {
        if std::mem::replace(&mut self.history_bytes, history_bytes) != history_bytes {
            self.telling.note();
        }
        let preview = lines.iter().map(|line| visible(line, CHARACTERS)).filter(|line| !line.is_empty()).collect();
        self.turn(Face { preview, ..self.face.clone() });
    }

    /// The screen has been lost: what it said is not known any more.
    pub(crate) fn lost(&mut self) {
        self.history_bytes = 0;
        self.turn(Face { preview: Vec::new(), ..self.face.clone() });
        self.looking.note();
    }

    fn turn(&mut self, face: Face) {
        if face != self.face {
            self.face = face;
            self.telling.note();
        }
    }

    /// Whether a change is to be told now.
    pub(crate) fn tells(&mut self, now: Instant) -> bool {
        self.telling.take(now)
    }

    /// All is told at this moment, with something else.
    pub(crate) fn told(&mut self, now: Instant) {
        self.telling.done(now);
    }

    /// When there is something to look at, or to tell if somebody listens.
    pub(crate) fn deadline(&self, is_heard: bool) -> Option<Instant> {
        let telling = self.telling.deadline().filter(|_| is_heard);
        telling.into_iter().chain(self.looking.deadline()).min()
    }
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// The folder of a `file://` address, if it is one on this machine that can be shown as it is.
fn folder(address: &str, machine: &str) -> Option<String> {
    let rest = address.strip_prefix("file://")?;
    let (host, path) = rest.split_at(rest.find('/')?);
    let is_ours = host.is_empty() || host == "localhost" || host == machine;
    let path = decoded(path)?;
    let is_shown = path.len() <= PATH && visible(&path, PATH) == path;
    (is_ours && is_shown).then_some(path)
}

/// Takes `%2F` and the like for what they stand for.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offset: u64) -> Offset {
        Offset::new(offset).unwrap()
    }

    fn told(signals: &[Signal]) -> Face {
        let mut faces = Faces::new("here".to_owned());
        for signal in signals {
            faces.signal(1, signal.clone());
        }
        faces.face()
    }

    #[test]
    fn a_folder_is_one_of_this_machine() {
        let folder_of = |address: &str| told(&[Signal::Directory(address.to_owned())]).folder;
        assert_eq!(folder_of("file:///home/a").as_deref(), Some("/home/a"));
        assert_eq!(folder_of("file://here/tmp/a%20b%C3%BC").as_deref(), Some("/tmp/a bü"));
        assert_eq!(folder_of("file://localhost/").as_deref(), Some("/"));
        let not = ["file://elsewhere/home/a", "http://here/a", "/home/a", "file://here", "file:///%2", "file:///%zz"];
        let hidden = ["file:///a%0Ab", "file:///a%1b%5B31m", "file:///%ff", "file:///a\u{202e}b", "file:///+%+1"];
        for address in not.into_iter().chain(hidden) {
            assert_eq!(folder_of(address), None, "{address}");
        }
    }

    #[test]
    fn titles_and_messages_are_short_and_can_be_seen() {
        assert_eq!(told(&[Signal::Title("a\u{9b}31m\u{202e}b\n".to_owned())]).title.as_deref(), Some("a31mb"));
        assert_eq!(told(&[Signal::Title("ü".repeat(300))]).title.unwrap().chars().count(), TEXT);
        assert_eq!(told(&[Signal::Title("x".to_owned()), Signal::Title("\u{7}".to_owned())]).title, None);
        let message = Signal::Notification { title: Some("build".to_owned()), body: "done".to_owned() };
        let Some(Attention { kind, text }) = told(&[Signal::Bell, message, Signal::Bell]).attention else { panic!() };
        assert_eq!((kind, text.as_deref()), (AttentionKind::Message, Some("build: done")));
    }

    #[test]
    fn attention_is_over_when_somebody_types_and_not_asked_for_by_what_came_before() {
        let mut faces = Faces::default();
        faces.signal(10, Signal::Bell);
        assert!(faces.face().attention.is_some());
        faces.typed(at(20));
        assert_eq!(faces.face().attention, None);
        faces.signal(20, Signal::Bell);
        assert_eq!(faces.face().attention, None);
        faces.signal(21, Signal::Bell);
        assert!(faces.face().attention.is_some());
    }

    #[test]
    fn a_flood_of_changes_is_told_twice_a_second() {
        let start = Instant::now();
        let mut faces = Faces::default();
        let mut told = Vec::new();
        for millis in (0..2_000).step_by(10) {
            let now = start + Duration::from_millis(millis);
            faces.signal(1, Signal::Title(millis.to_string()));
            if millis == 0 || faces.tells(now) {
                faces.told(now);
                told.push(millis);
            }
        }
        assert_eq!(told, [0, 500, 1_000, 1_500]);
        assert_eq!(faces.deadline(true), Some(start + Duration::from_secs(2)));
        assert_eq!(faces.deadline(false), None);
        faces.seen(&["a\u{1b}b".to_owned()], 7);
        assert_eq!((faces.face().preview, faces.history_bytes), (vec!["ab".to_owned()], 7));
    }
}
