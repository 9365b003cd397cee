//! The session of a program with pipes: what is different from one in a terminal.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::holder::{Captured, FromHolder};

use super::Held;
use crate::pipes::ERRORS;
use crate::screen::Job;
use crate::session::over;
use crate::streams::Streams;

impl Held {
    pub(crate) fn is_piped(&self) -> bool {
        self.session.is_piped()
    }

    /// Takes what the program said on its error stream.
    pub(crate) fn hear_errors(&mut self, buffer: &mut [u8]) {
        if let Some(Streams::Pipes(pipes)) = &mut self.streams {
            pipes.hear_errors(buffer);
        }
    }

    /// The program has ended: what it said at last is read, and stays.
    pub(super) fn keep_errors(&mut self) {
        let mut buffer = [0; 4096];
        for _ in 0..ERRORS / buffer.len() {
            self.hear_errors(&mut buffer);
        }
        self.errors = self.errors_text();
    }

    fn errors_text(&self) -> String {
        match &self.streams {
            Some(Streams::Pipes(pipes)) => pipes.errors_text(),
            _ => self.errors.clone(),
        }
    }

    /// No more input follows: the program is told so behind what waits.
    pub(crate) fn end_input(&mut self, ask: u32) {
        let Some(Streams::Pipes(pipes)) = self.streams.as_mut().filter(|_| self.session.exit().is_none()) else {
            let words = "session: its program has a terminal, where a key ends input, not a node";
            let terminal = Refusal::new(Code::WrongState, words);
            return self.session.asked.answer(ask, Err(if self.is_piped() { over() } else { terminal }));
        };
        pipes.end_input();
        self.session.asked.end_input(ask);
    }

    /// If all input is written and no more follows: says so to the program.
    pub(super) fn close_input(&mut self) {
        if self.session.input.front().is_none()
            && let Some(Streams::Pipes(pipes)) = &mut self.streams
            && pipes.close_input()
        {
            self.session.asked.input_ended();
        }
    }

    /// A search or a capture of a program that has no screen: what it has said of errors is all there is.
    pub(super) fn look_at_errors(&mut self, ask: u32, job: &Job) {
        if matches!(job, Job::Capture(_)) {
            if self.session.asked.admits(ask) {
                let text = self.errors_text();
                self.session.asked.seen(FromHolder::Captured(Captured { ask, text, next: None }));
            }
            return;
        }
        let words = "session: its program has pipes, and no screen to search";
        self.session.asked.answer(ask, Err(Refusal::new(Code::WrongState, words)));
    }
}
