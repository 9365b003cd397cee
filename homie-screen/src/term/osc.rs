//! OSC: titles, colours, links, and what a program tells whoever looks after its session.

use data_encoding::BASE64;

use super::Terminal;
use crate::limits;
use crate::palette::{BACKGROUND, CURSOR, FOREGROUND, parse};
use crate::signal::{Command, Signal};
use crate::utf8;

impl Terminal {
    pub(super) fn osc(&mut self, body: &[u8]) {
        let text = utf8::text(body);
        let (number, data) = text.split_once(';').unwrap_or((&text, ""));
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return;
        }
        match number.trim_start_matches('0') {
            "" => {
                self.set_title(data);
                self.set_icon(data);
            }
            "1" => self.set_icon(data),
            "2" => self.set_title(data),
            "4" => self.indexed_colours(data),
            "7" if data.len() <= limits::SIGNAL => self.signal(Signal::Directory(data.to_owned())),
            "8" => self.link(data),
            "9" => self.notify(None, data),
            "10" => self.special_colours(data, FOREGROUND),
            "11" => self.special_colours(data, BACKGROUND),
            "12" => self.special_colours(data, CURSOR),
            "52" => self.clipboard(data),
            "99" => self.kitty_notification(data),
            "104" => self.restore_colours(data),
            "110" => self.palette.restore(FOREGROUND),
            "111" => self.palette.restore(BACKGROUND),
            "112" => self.palette.restore(CURSOR),
            "133" => self.command(data),
            "777" => {
                if let Some(("notify", message)) = data.split_once(';') {
                    let (title, message) = message.split_once(';').unwrap_or(("", message));
                    self.notify(Some(title).filter(|title| !title.is_empty()), message);
                }
            }
            _ => {}
        }
    }

    /// `place ; colour` any number of times; `?` asks.
    fn indexed_colours(&mut self, data: &str) {
        let mut parts = data.split(';');
        while let (Some(place), Some(colour)) = (parts.next(), parts.next()) {
            let Some(place) = index(place) else { continue };
            if colour == "?" {
                self.answer_colour(4, place);
            } else if let Some(colour) = parse(colour) {
                self.palette.set(place, colour);
            }
        }
    }

    /// Text, background and cursor follow each other from the one that was named.
    fn special_colours(&mut self, data: &str, first: u16) {
        for (place, colour) in (first..=CURSOR).zip(data.split(';')) {
            if colour == "?" {
                self.answer_colour(place - FOREGROUND + 10, place);
            } else if let Some(colour) = parse(colour) {
                self.palette.set(place, colour);
            }
        }
    }

    fn restore_colours(&mut self, data: &str) {
        if data.is_empty() {
            return self.palette.restore_indexed();
        }
        data.split(';').filter_map(index).for_each(|place| self.palette.restore(place));
    }

    fn notify(&mut self, title: Option<&str>, body: &str) {
        // ConEmu's OSC 9 with a number first is progress and the like, no message.
        let is_command = title.is_none() && body.split(';').next().is_some_and(|word| index(word).is_some());
        let length = body.len() + title.map_or(0, str::len);
        if length <= limits::SIGNAL && !is_command {
            self.signal(Signal::Notification { title: title.map(str::to_owned), body: body.to_owned() });
        }
    }

    /// `OSC 99 ; metadata ; text`: whole messages in plain text; pieces and other payloads are left out.
    fn kitty_notification(&mut self, data: &str) {
        let Some((metadata, text)) = data.split_once(';') else { return };
        let value = |key: &str| metadata.split(':').filter_map(|pair| pair.split_once('=')).find(|(of, _)| *of == key);
        let is_plain = value("e").is_none_or(|(_, encoding)| encoding == "0");
        let is_text = value("p").is_none_or(|(_, payload)| payload == "title" || payload == "body");
        if is_plain && is_text && !text.is_empty() && text.len() <= limits::SIGNAL {
            self.signal(Signal::Notification { title: None, body: text.to_owned() });
        }
    }

    /// `selection ; base64`: writes alone; a question (`?`) gets no answer.
    fn clipboard(&mut self, data: &str) {
        let Some((_, encoded)) = data.split_once(';') else { return };
        if encoded.is_empty() || encoded == "?" || encoded.len() > limits::CLIPBOARD / 3 * 4 + 4 {
            return;
        }
        if let Ok(text) = BASE64.decode(encoded.as_bytes()) {
            self.signal(Signal::Clipboard(text));
        }
    }

    fn command(&mut self, data: &str) {
        let mut parts = data.split(';');
        let command = match parts.next() {
            Some("A") => Command::Prompt,
            Some("B") => Command::Typed,
            Some("C") => Command::Started,
            Some("D") => Command::Ended(parts.next().and_then(|code| code.parse().ok())),
            _ => return,
        };
        self.signal(Signal::Command(command));
    }
}

/// One of the 256 colours.
fn index(text: &str) -> Option<u16> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|place| is_number && *place < FOREGROUND)
}
