//! The one poll: what the pump waits for, and what is ready after it.
//!
//! Every source has a fixed place; one that is not waited for is filled with a descriptor that asks for nothing. So a turn
//! of the pump allocates nothing.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::door::NEWCOMERS;

/// Places before the newcomers'.
const FIXED: usize = 8;
const PLACES: usize = FIXED + NEWCOMERS;

/// What is waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source {
    /// SIGTERM.
    Termination,
    /// A child's end.
    Child,
    /// The terminal, or the pipe of output.
    Terminal,
    /// The pipe of input.
    Input,
    /// The pipe of errors.
    Errors,
    /// Somebody knocks.
    Door,
    /// The node's link.
    Link,
    /// The screen thread.
    Screen,
    /// A link that has not said hello.
    Newcomer(usize),
}

impl Source {
    fn place(self) -> usize {
        match self {
            Self::Termination => 0,
            Self::Child => 1,
            Self::Terminal => 2,
            Self::Door => 3,
            Self::Link => 4,
            Self::Screen => 5,
            Self::Input => 6,
            Self::Errors => 7,
            Self::Newcomer(index) => FIXED + index,
        }
    }
}

/// The descriptors of one wait.
pub(crate) struct Waiting<'fd> {
    places: [PollFd<'fd>; PLACES],
}

/// What is ready.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ready {
    places: [PollFlags; PLACES],
}

impl<'fd> Waiting<'fd> {
    /// Waits for nothing yet; `idle` fills the empty places.
    pub(crate) fn new(idle: BorrowedFd<'fd>) -> Self {
        Self { places: std::array::from_fn(|_| PollFd::from_borrowed_fd(idle, PollFlags::empty())) }
    }

    pub(crate) fn add(&mut self, source: Source, fd: BorrowedFd<'fd>, events: PollFlags) {
        if let Some(place) = self.places.get_mut(source.place()) {
            *place = PollFd::from_borrowed_fd(fd, events);
        }
    }

    /// Waits until something is ready, or so long.
    pub(crate) fn wait(mut self, most: Option<Duration>) -> Ready {
        let most = most.and_then(|most| Timespec::try_from(most).ok());
        if poll(&mut self.places, most.as_ref()).is_err() {
            // A signal, or the kernel is short of memory: nothing is known to be ready.
            return Ready { places: [PollFlags::empty(); PLACES] };
        }
        Ready { places: self.places.each_ref().map(PollFd::revents) }
    }
}

impl Ready {
    /// Whether there is something to read, an end included.
    pub(crate) fn readable(&self, source: Source) -> bool {
        self.any(source, PollFlags::IN | PollFlags::HUP | PollFlags::ERR)
    }

    /// Whether something can be written.
    pub(crate) fn writable(&self, source: Source) -> bool {
        self.any(source, PollFlags::OUT | PollFlags::HUP | PollFlags::ERR)
    }

    fn any(&self, source: Source, events: PollFlags) -> bool {
        self.places.get(source.place()).is_some_and(|ready| ready.intersects(events))
    }
}
