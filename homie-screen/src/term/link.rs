//! Links (OSC 8): opened and closed like an attribute of the pen.

use std::sync::Arc;

use super::Terminal;
use crate::limits;
use crate::style::Link;

impl Terminal {
    /// `OSC 8 ; parameters ; address`: an empty address closes.
    pub(super) fn link(&mut self, body: &str) {
        let Some((parameters, uri)) = body.split_once(';') else { return };
        if !uri.is_empty() {
            return self.open_link(parameters.trim(), uri);
        }
        if parameters.trim().is_empty() {
            self.close_link();
        }
    }

    fn open_link(&mut self, parameters: &str, uri: &str) {
        let id = parameters.split(':').find_map(|parameter| parameter.strip_prefix("id=")).filter(|id| !id.is_empty());
        let id_len = id.map_or(0, str::len);
        if uri.len() > limits::URI || id_len > limits::LINK_ID || !self.has_room_for(uri.len() + id_len) {
            return self.close_link();
        }
        self.link_serial += 1;
        let serial = if id.is_some() { 0 } else { self.link_serial };
        self.pen.extra.link = Some(Arc::new(Link { id: id.map(Box::from), uri: uri.into(), serial }));
        self.pen_changed();
    }

    fn close_link(&mut self) {
        self.pen.extra.link = None;
        self.pen_changed();
    }

    /// Counts what opens; what is no longer shown is taken off when the bound is reached.
    fn has_room_for(&mut self, bytes: usize) -> bool {
        self.link_bytes += bytes + size_of::<Link>();
        if self.link_bytes > limits::LINKS {
            self.sweep_extras();
            let links = self.extras.values().filter_map(|extra| extra.link.as_ref());
            let shown: usize = links.map(|link| link.uri.len() + size_of::<Link>()).sum();
            self.link_bytes = shown + bytes + size_of::<Link>();
        }
        self.link_bytes <= limits::LINKS
    }
}
