//! A way in that somebody may have written into the settings: what is to become of it.

use homie_gateway::Hindrance;
use homie_trust::own_uid;

use crate::cli::TailnetOptions;
use crate::doors::say_hindrance;

/// What that is.
pub(crate) enum Wanted<Way> {
    /// Nobody wants it.
    No,
    /// This one.
    Yes(Way),
    /// It is wanted, and stays closed.
    Closed(Hindrance),
}

impl<Way> Wanted<Way> {
    /// Root opens none that nobody has asked root for.
    pub(crate) fn of(written: Option<Way>, options: &TailnetOptions, root: fn() -> Hindrance) -> Self {
        match written {
            None => Self::No,
            Some(_) if own_uid() == 0 && !options.allow_root => Self::Closed(root()),
            Some(way) => Self::Yes(way),
        }
    }

    /// The one that is to be there.
    pub(crate) const fn way(&self) -> Option<&Way> {
        match self {
            Self::Yes(way) => Some(way),
            Self::No | Self::Closed(_) => None,
        }
    }

    /// Says why it stays closed, or `open` says where it is. Of what nobody wants nothing is said.
    pub(crate) fn say(&self, open: impl FnOnce(&Way)) {
        match self {
            Self::No => {}
            Self::Closed(hindrance) => say_hindrance(hindrance),
            Self::Yes(way) => open(way),
        }
    }
}
