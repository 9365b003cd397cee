//! The three messages of D-Bus that are needed, written and read by hand: little-endian, aligned to their sizes.

/// What an answer says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The call of this number succeeded.
    Done(u32),
    /// It did not.
    Refused {
        /// The call's number.
        to: u32,
        /// The error's name.
        name: String,
        /// What it says.
        text: String,
    },
    /// Something else, such as a signal.
    Other,
}

/// Bytes before the header's fields, their length included.
pub(super) const HEAD: usize = 16;

const CALL: u8 = 1;
const RETURN: u8 = 2;
const ERROR: u8 = 3;

/// The first call on a bus.
pub(super) fn hello(serial: u32) -> Vec<u8> {
    let fields = [
        (1, "o", "/org/freedesktop/DBus"),
        (2, "s", "org.freedesktop.DBus"),
        (3, "s", "Hello"),
        (6, "s", "org.freedesktop.DBus"),
    ];
    call(serial, &fields, &Writer::default())
}

/// Asks systemd for a scope with this process in it. `whole`: with the properties that older versions may not know.
pub(super) fn start_scope(serial: u32, unit: &str, pid: u32, whole: bool) -> Vec<u8> {
    let fields = [
        (1, "o", "/org/freedesktop/systemd1"),
        (2, "s", "org.freedesktop.systemd1.Manager"),
        (3, "s", "StartTransientUnit"),
        (6, "s", "org.freedesktop.systemd1"),
        (8, "g", "ssa(sv)a(sa(sv))"),
    ];
    let mut body = Writer::default();
    body.text(unit);
    body.text("fail");
    body.array(8, |properties| {
        properties.property("PIDs", "au", |value| value.array(4, |pids| pids.u32(pid)));
        if whole {
            // One program that ran out of memory is not to end the session.
            properties.property("OOMPolicy", "s", |value| value.text("continue"));
            properties.property("CollectMode", "s", |value| value.text("inactive-or-failed"));
            properties.property("SendSIGHUP", "b", |value| value.u32(1));
            properties.property("TimeoutStopUSec", "t", |value| value.u64(5_000_000));
        }
    });
    body.array(8, |_| {});
    call(serial, &fields, &body)
}

fn call(serial: u32, fields: &[(u8, &str, &str)], body: &Writer) -> Vec<u8> {
    let mut message = Writer(vec![b'l', CALL, 0, 1]);
    message.u32(length(&body.0));
    message.u32(serial);
    message.array(8, |list| {
        for (code, signature, value) in fields {
            list.align(8);
            list.0.push(*code);
            list.signature(signature);
            if *signature == "g" { list.signature(value) } else { list.text(value) }
        }
    });
    message.align(8);
    message.0.extend_from_slice(&body.0);
    message.0
}

/// How long a message is as a whole, by its first [`HEAD`] bytes. `None` if it is not one of ours.
pub(super) fn len(head: &[u8]) -> Option<usize> {
    let is_little = head.first() == Some(&b'l');
    let (body, fields) = (read_u32(head, 4)?, read_u32(head, 12)?);
    is_little.then(|| (HEAD + fields).next_multiple_of(8) + body)
}

/// Reads a whole message.
pub(super) fn answer(message: &[u8]) -> Option<Answer> {
    let kind = *message.get(1)?;
    let end = HEAD + read_u32(message, 12)?;
    let (mut at, mut to, mut name) = (HEAD, None, String::new());
    while at < end {
        at = at.next_multiple_of(8);
        let (code, signature) = (*message.get(at)?, *message.get(at + 2)?);
        // A code, the length of its signature, the signature's one letter and its zero.
        let value = at + 4;
        at = match signature {
            b'u' => {
                to = if code == 5 { u32::try_from(read_u32(message, value)?).ok() } else { to };
                value + 4
            }
            b'g' => value + usize::from(*message.get(value)?) + 2,
            _ => {
                let text = read_text(message, value)?;
                let next = value + 4 + text.len() + 1;
                name = if code == 4 { text } else { name };
                next
            }
        };
    }
    Some(match (kind, to) {
        (RETURN, Some(to)) => Answer::Done(to),
        (ERROR, Some(to)) => {
            Answer::Refused { to, name, text: read_text(message, end.next_multiple_of(8)).unwrap_or_default() }
        }
        _ => Answer::Other,
    })
}

fn read_u32(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(four)).ok()
}

fn read_text(bytes: &[u8], at: usize) -> Option<String> {
    let len = read_u32(bytes, at)?;
    Some(String::from_utf8_lossy(bytes.get(at + 4..(at + 4).checked_add(len)?)?).into_owned())
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// Bytes in the making. Alignment counts from their beginning, which is a multiple of eight in the message.
#[derive(Default)]
struct Writer(Vec<u8>);

impl Writer {
    fn align(&mut self, to: usize) {
        self.0.resize(self.0.len().next_multiple_of(to), 0);
    }

    fn u32(&mut self, value: u32) {
        self.align(4);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.align(8);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.u32(length(text.as_bytes()));
        self.0.extend_from_slice(text.as_bytes());
        self.0.push(0);
    }

    fn signature(&mut self, signature: &str) {
        self.0.push(u8::try_from(signature.len()).unwrap_or(u8::MAX));
        self.0.extend_from_slice(signature.as_bytes());
        self.0.push(0);
    }

    /// An array: its length counts what `fill` adds, not the gap before its first element.
    fn array(&mut self, alignment: usize, fill: impl FnOnce(&mut Self)) {
        self.u32(0);
        let place = self.0.len() - 4;
        self.align(alignment);
        let begin = self.0.len();
        fill(self);
        let len = u32::try_from(self.0.len() - begin).unwrap_or(u32::MAX);
        if let Some(written) = self.0.get_mut(place..place + 4) {
            written.copy_from_slice(&len.to_le_bytes());
        }
    }

    fn property(&mut self, name: &str, signature: &str, value: impl FnOnce(&mut Self)) {
        self.align(8);
        self.text(name);
        self.signature(signature);
        value(self);
    }
}
