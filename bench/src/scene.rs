//! The work: one file each. A scene is played on a subject that was started for it, and gives the figures of one sweep.

use std::time::{Duration, Instant};

use anyhow::bail;

use crate::process;
use crate::row::{Figure, Row};
use crate::stage::Stage;
use crate::subject::{Server, Want};
use crate::view::{LIMIT, View, until};

mod attach;
mod bulk;
mod cold;
mod crowd;
mod echo;
mod failover;
mod fanout;
mod first;
mod flood;
mod link;
mod many;
mod memory;
mod revoke;
mod start;

/// Programs of sessions and what leads to them: no part of the subject's own memory.
const PROGRAMS: &[&str] = &["sh", "dash", "bash", "cat", "env", "stty", "setsid", "idle", "shell", "print-100k"];

/// A piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scene {
    Idle,
    Flood,
    Bulk,
    Slow,
    Attach,
    Stalled,
    MemoryIdle,
    MemoryUsed,
    Fanout,
    Start,
    First,
    Links,
    Revoke,
    Cold,
    Crowd,
    Many,
    Failover,
}

/// What a scene has to work with.
pub(crate) struct Set<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) server: Box<dyn Server>,
    /// How long a flood lasts.
    pub(crate) flood: Duration,
    /// How many keys are typed where nothing else happens.
    pub(crate) keys: u32,
    /// How many clients a gateway has, and how many machines a mesh.
    pub(crate) clients: usize,
    pub(crate) machines: usize,
    /// The rows that this subject has and somebody wants.
    pub(crate) rows: Vec<Row>,
}

impl Scene {
    pub(crate) const ALL: [Self; 17] = [
        Self::Idle,
        Self::Flood,
        Self::Bulk,
        Self::Slow,
        Self::Attach,
        Self::Stalled,
        Self::MemoryIdle,
        Self::MemoryUsed,
        Self::Fanout,
        Self::Start,
        Self::First,
        Self::Links,
        Self::Revoke,
        Self::Cold,
        Self::Crowd,
        Self::Many,
        Self::Failover,
    ];

    /// The rows it gives.
    pub(crate) const fn rows(self) -> &'static [Row] {
        match self {
            Self::Idle => &[Row::EchoIdle],
            Self::Flood => &[Row::EchoFlood, Row::CtrlcFast],
            Self::Bulk => &[Row::Bulk, Row::Cpu],
            Self::Slow => &[Row::CtrlcSlow],
            Self::Attach => &[Row::Attach10k, Row::Attach100k],
            Self::Stalled => &[Row::Stalled],
            Self::MemoryIdle => &[Row::MemIdle],
            Self::MemoryUsed => &[Row::MemUsed],
            Self::Fanout => &[Row::Fanout],
            Self::Start => &[Row::Start64, Row::Adopt64],
            Self::First => &[Row::FirstScreen],
            Self::Links => link::ROWS,
            Self::Revoke => &[Row::Revoke],
            Self::Cold => &[Row::LsCold, Row::AttachCold],
            Self::Crowd => &[Row::GatewayMem],
            Self::Many => &[Row::MeshFull, Row::MeshCpu, Row::MeshMem],
            Self::Failover => &[Row::Failover],
        }
    }

    pub(crate) fn play(self, set: &mut Set<'_>) -> anyhow::Result<Vec<Figure>> {
        match self {
            Self::Idle => echo::idle(set),
            Self::Flood => flood::fast(set),
            Self::Bulk => bulk::bulk(set),
            Self::Slow => flood::slow(set),
            Self::Attach => attach::attach(set),
            Self::Stalled => flood::stalled(set),
            Self::MemoryIdle => memory::idle(set),
            Self::MemoryUsed => memory::used(set),
            Self::Fanout => fanout::fanout(set),
            Self::Start => start::start(set),
            Self::First => first::first(set),
            Self::Links => link::links(set),
            Self::Revoke => revoke::revoke(set),
            Self::Cold => cold::cold(set),
            Self::Crowd => crowd::crowd(set),
            Self::Many => many::many(set),
            Self::Failover => failover::failover(set),
        }
    }
}

impl Set<'_> {
    /// Starts a session and looks at it until this word is shown.
    fn open(&mut self, script: &str, want: Want, word: &str) -> anyhow::Result<Box<dyn View>> {
        self.open_as(script, script, want, word)
    }

    /// The same where there are several of one script.
    fn open_as(&mut self, session: &str, script: &str, want: Want, word: &str) -> anyhow::Result<Box<dyn View>> {
        self.server.start(session, script)?;
        let mut view = self.server.look(session, want)?;
        view.begin()?;
        until(&mut *view, word, LIMIT)?;
        Ok(view)
    }

    /// Starts sessions up to this number, and waits until they run. Where a session is its connection these are given.
    fn occupy(&mut self, first: usize, end: usize, script: &str) -> anyhow::Result<Vec<Box<dyn View>>> {
        self.server.start_many(first, end - first, script)?;
        let mut views = Vec::new();
        if self.server.needs_viewers() {
            for number in first..end {
                views.push(self.server.look(&number.to_string(), Want::Screen)?);
            }
            views.iter_mut().try_for_each(|view| view.begin())?;
        }
        Ok(views)
    }

    /// Waits until so many programs have said that they run.
    fn wait_for(&self, programs: usize) -> anyhow::Result<()> {
        let begun = Instant::now();
        while self.stage.started()? < programs {
            if begun.elapsed() > LIMIT {
                bail!("{} of {programs} programs run", self.stage.started()?);
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        Ok(())
    }

    /// Kilobytes of everything that is the subject's own.
    fn memory(&self) -> anyhow::Result<f64> {
        let all = process::with_descendants(&self.server.roots()?);
        let is_program = |pid: &u32| process::name(*pid).is_none_or(|name| PROGRAMS.contains(&name.as_str()));
        process::pss(&all.into_iter().filter(|pid| !is_program(pid)).collect::<Vec<_>>())
    }
}

/// The value below which this part of them lies.
fn percentile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let at = ((values.len() as f64 * part) as usize).min(values.len().saturating_sub(1));
    values.get(at).copied().unwrap_or(f64::NAN)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
