//! The pump: waits for whatever is ready and moves bytes. It never waits for a viewer, a node, the program or the screen.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use homie_protocol::code::{Code, Refusal};
use rustix::event::PollFlags;

use crate::clock::micros;
use crate::door::{Door, Knock};
use crate::ending::{Asker, Ending};
use crate::held::Held;
use crate::link::Link;
use crate::obey::{Then, obey};
use crate::session::tell;
use crate::signals::noticed;
use crate::waiting::{Ready, Source, Waiting};

/// Bytes read from a link at once: a frame of input and more.
const READ: usize = 64 * 1024;

/// How often the pump looks where waiting is not possible.
const LOOK: Duration = Duration::from_millis(100);

pub(crate) struct Pump {
    held: Held,
    door: Door,
    link: Option<Link>,
    signals: Signals,
    /// SIGTERM has come: the holder ends when everything has.
    terminated: bool,
    over: bool,
    buffer: Vec<u8>,
}

/// The signals that are waited for.
pub(crate) struct Signals {
    pub(crate) termination: OwnedFd,
    pub(crate) children: OwnedFd,
}

impl Pump {
    pub(crate) fn new(held: Held, door: Door, signals: Signals) -> Self {
        Self { held, door, link: None, signals, terminated: false, over: false, buffer: vec![0; READ] }
    }

    /// Runs until the session is buried, or ended by SIGTERM.
    pub(crate) fn run(mut self) {
        while !self.over {
            let ready = self.wait();
            self.turn(ready);
        }
        self.held.leave();
    }

    fn wait(&mut self) -> Ready {
        let mut waiting = Waiting::new(self.signals.termination.as_fd());
        if !self.terminated {
            waiting.add(Source::Termination, self.signals.termination.as_fd(), PollFlags::IN);
        }
        waiting.add(Source::Child, self.signals.children.as_fd(), PollFlags::IN);
        if let Some(streams) = &self.held.streams {
            if !self.held.silent && !self.held.rests() {
                waiting.add(Source::Terminal, streams.output(), PollFlags::IN);
            }
            if let Some(input) =
                streams.input().filter(|_| self.held.full && (!self.held.silent || self.held.is_piped()))
            {
                waiting.add(Source::Input, input, PollFlags::OUT);
            }
            if let Some(errors) = streams.errors() {
                waiting.add(Source::Errors, errors, PollFlags::IN);
            }
        }
        if let Some(screen) = self.held.screening.wake() {
            waiting.add(Source::Screen, screen, PollFlags::IN);
        }
        if self.door.rests_until.is_none() {
            waiting.add(Source::Door, self.door.listener.as_fd(), PollFlags::IN);
        }
        if let Some(link) = &self.link {
            waiting.add(Source::Link, link.as_fd(), in_and_out_if(link.full));
        }
        for (index, newcomer) in self.door.newcomers.iter().enumerate() {
            waiting.add(Source::Newcomer(index), newcomer.link.as_fd(), PollFlags::IN);
        }
        waiting.wait(self.most())
    }

    /// The longest wait: until a deadline, or for ever.
    fn most(&self) -> Option<Duration> {
        let now = Instant::now();
        let ending = self.held.ending.map(Ending::next);
        let blind = self.held.session.exit().is_none() && self.held.silent;
        let look = blind.then_some(now + LOOK);
        let greetings = self.door.newcomers.iter().map(|newcomer| newcomer.until);
        let is_heard = self.link.as_ref().is_some_and(|link| !link.full);
        let screen = self.held.screen_deadline(now, is_heard);
        let acks = self.held.session.acks_due().filter(|_| is_heard);
        let skip = self.held.session.skip_deadline();
        let skip = skip.map(|at| now + Duration::from_micros(at.saturating_sub(micros())));
        let patience = self.held.patience();
        let deadlines = greetings
            .chain(ending)
            .chain(look)
            .chain(screen)
            .chain(acks)
            .chain(skip)
            .chain(patience)
            .chain(self.door.rests_until);
        deadlines.min().map(|deadline| deadline.saturating_duration_since(now))
    }

    fn turn(&mut self, ready: Ready) {
        let now = Instant::now();
        if ready.readable(Source::Termination) && !self.terminated {
            self.terminated = true;
            self.held.end(Asker::System, now);
        }
        let has_child_ended = ready.readable(Source::Child);
        if has_child_ended {
            noticed(&self.signals.children);
        }
        if ready.readable(Source::Screen) {
            self.held.hear_screen(now);
        }
        self.greet(ready, now);
        if !self.held.rests() && (ready.readable(Source::Terminal) || self.held.silent) {
            self.held.gather();
        }
        if ready.readable(Source::Errors) {
            self.held.hear_errors(&mut self.buffer);
        }
        if ready.readable(Source::Link) {
            self.read();
        }
        self.held.look_for_end(has_child_ended);
        if self.held.look_for_rest(now) {
            self.over |= self.terminated;
        }
        if !self.held.full || ready.writable(Source::Input) || self.held.silent {
            self.held.write();
        }
        if self.link.as_ref().is_some_and(|link| !link.full) || ready.writable(Source::Link) {
            self.serve();
        }
        // An echo has gone by now.
        self.held.attend_screen(now);
    }

    /// Those who wait at the door, then those who knock now: in this order each is at the place that was waited for.
    fn greet(&mut self, ready: Ready, now: Instant) {
        for (index, newcomer) in std::mem::take(&mut self.door.newcomers).into_iter().enumerate() {
            let readable = ready.readable(Source::Newcomer(index));
            match self.door.hear(newcomer, readable, now, &mut self.buffer) {
                Knock::Waits(newcomer) => self.door.newcomers.push(newcomer),
                Knock::Greeted(link, version) => self.link_up(link, version),
                Knock::Gone => {}
            }
        }
        let rested = self.door.rests_until.is_some_and(|until| now >= until);
        if ready.readable(Source::Door) || rested {
            self.door.rests_until = None;
            self.door.accept(now);
        }
    }

    /// A node has come. It displaces the one before.
    fn link_up(&mut self, mut link: Link, version: u16) {
        if let Some(older) = self.link.take() {
            older.refuse(Refusal::new(Code::Displaced, "a newer node has this holder"));
        }
        tell(&self.held.session.welcome(version), &mut link.outbox);
        self.link = Some(link);
        // It may have said more behind its hello.
        self.hear();
    }

    fn read(&mut self) {
        let Some(link) = &mut self.link else { return };
        if link.read(&mut self.buffer) {
            self.hear();
        } else {
            self.link = None;
            self.held.session.unlink();
        }
    }

    /// Does what the frames that have come ask for.
    fn hear(&mut self) {
        let Some(mut link) = self.link.take() else { return };
        let heard = loop {
            match link.decoder.next_frame() {
                Ok(Some((header, payload))) => match obey(header, payload, &mut link.outbox, &mut self.held) {
                    Ok(then) => self.over |= then == Then::Buried,
                    Err(refusal) => break Err(refusal),
                },
                Ok(None) => break Ok(()),
                Err(refusal) => break Err(refusal),
            }
        };
        match heard {
            Ok(()) => self.keep(link),
            Err(refusal) => self.drop_link(link, refusal),
        }
    }

    /// Keeps a link, unless its peer asks and does not read.
    fn keep(&mut self, link: Link) {
        if link.outbox.is_over_the_bound() {
            self.drop_link(link, Refusal::new(Code::SlowReader, "too many answers wait to be read"));
        } else {
            self.link = Some(link);
        }
    }

    /// Sends what is due.
    fn serve(&mut self) {
        let Some(mut link) = self.link.take() else { return };
        match link.serve(&mut self.held.session, &self.held.screening.marks) {
            Ok(()) => self.keep(link),
            Err(_) => self.held.session.unlink(),
        }
    }

    fn drop_link(&mut self, link: Link, refusal: Refusal) {
        link.refuse(refusal);
        self.held.session.unlink();
    }
}

fn in_and_out_if(full: bool) -> PollFlags {
    if full { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN }
}
