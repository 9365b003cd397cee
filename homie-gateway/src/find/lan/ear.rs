//! The ear: a process of its own that listens to the local network, and announces this machine there.
//!
//! What strangers send is taken apart here, and kept for as long as they say. That has no bound of its own, so the process has
//! one: it ends when it has kept too much, at the latest when the system gives it no more memory, and the gateway starts
//! another. It writes a line for each thing that it hears, and ends with its input.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{ExitCode, exit};
use std::thread;
use std::time::{Duration, Instant};

use mdns_sd::{IfKind, Metrics, Receiver, RecvTimeoutError, ResolvedService, ServiceDaemon, ServiceEvent, ServiceInfo};
use rustix::process::{Resource, Rlimit, setrlimit};

use super::lines::{Announced, Heard, LINE, Record, Told};
use crate::find::hint::SERVICE;

/// Bytes of memory that it may have; in quiet it needs one or two mebibytes.
const MEMORY: u64 = 64 << 20;

/// Records that it may keep: those of two hundred machines are a thousand. Beyond it begins anew, with nothing.
const RECORDS: i64 = 4_096;

/// How often it counts them.
const COUNTED: Duration = Duration::from_secs(1);

/// How long it may be too busy to say how many they are.
const BUSY: Duration = Duration::from_secs(10);

/// How long it may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// How long somebody may take to say that what was heard is still so.
const VERIFIED_WITHIN: Duration = Duration::from_secs(5);

/// Addresses of a machine that are told.
const ADDRESSES: usize = 16;

/// Its whole life: `homie hear INTERFACE…`.
pub fn hear(interfaces: &[String]) -> ExitCode {
    let why = listen(interfaces).map_or_else(|error| error.to_string(), |never| match never {});
    // Whom it tells may be gone, which is why it ends.
    let _told = say(&Heard::Deaf(why));
    ExitCode::FAILURE
}

enum Never {}

fn listen(interfaces: &[String]) -> Result<Never, Box<dyn std::error::Error>> {
    setrlimit(Resource::Data, Rlimit { current: Some(MEMORY), maximum: Some(MEMORY) })?;
    let daemon = ServiceDaemon::new()?;
    daemon.disable_interface(IfKind::All)?;
    daemon.enable_interface(interfaces.iter().map(|name| IfKind::Name(name.clone())).collect::<Vec<_>>())?;
    // There this machine would hear itself under names that others have elsewhere.
    daemon.disable_interface(vec![IfKind::LoopbackV4, IfKind::LoopbackV6])?;
    let events = daemon.browse(SERVICE)?;
    let obeying = daemon.clone();
    thread::spawn(move || obey(&obeying));
    tell_all(&daemon, &events)
}

/// Tells what is heard, until it is too much.
fn tell_all(daemon: &ServiceDaemon, events: &Receiver<ServiceEvent>) -> Result<Never, Box<dyn std::error::Error>> {
    let mut count = Count::begin(daemon)?;
    loop {
        match events.recv_timeout(COUNTED) {
            Ok(ServiceEvent::ServiceResolved(service)) => say(&Heard::There(record(&service)))?,
            Ok(ServiceEvent::ServiceRemoved(_, name)) => say(&Heard::Gone(name))?,
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            // The sender does not wait for a reader that is behind.
            Err(RecvTimeoutError::Disconnected) => return Err("more was said at once than could be told".into()),
        }
        count = count.go_on(daemon)?;
    }
}

/// How many records are kept, which was asked then.
struct Count {
    began: Instant,
    answer: Receiver<Metrics>,
    is_answered: bool,
}

impl Count {
    fn begin(daemon: &ServiceDaemon) -> mdns_sd::Result<Self> {
        Ok(Self { began: Instant::now(), answer: daemon.get_metrics()?, is_answered: false })
    }

    /// Looks whether it is answered, without waiting; asks again after a while.
    fn go_on(mut self, daemon: &ServiceDaemon) -> Result<Self, Box<dyn std::error::Error>> {
        if let Ok(counts) = self.answer.try_recv() {
            self.is_answered = true;
            let kept: i64 = counts.iter().filter(|(name, _)| name.starts_with("cached-")).map(|(_, count)| count).sum();
            if kept > RECORDS {
                return Err(format!("more than {RECORDS} records were heard").into());
            }
        }
        match (self.is_answered, self.began.elapsed()) {
            (true, since) if since >= COUNTED => Ok(Self::begin(daemon)?),
            (false, since) if since >= BUSY => Err("it has heard more than it could read".into()),
            _ => Ok(self),
        }
    }
}

fn record(service: &ResolvedService) -> Record {
    let text = service.get_properties().iter();
    Record {
        name: service.get_fullname().to_owned(),
        port: service.get_port(),
        addresses: service.get_addresses().iter().map(ToString::to_string).take(ADDRESSES).collect(),
        text: text.map(|property| (property.key().to_ascii_lowercase(), property.val_str().to_owned())).collect(),
    }
}

/// One line, at once. What is too long is none of ours.
fn say(heard: &Heard) -> io::Result<()> {
    let mut line = serde_json::to_vec(heard)?;
    line.push(b'\n');
    if line.len() > LINE {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    out.write_all(&line)?;
    out.flush()
}

/// Does what the gateway says; without one it says goodbye and ends.
fn obey(daemon: &ServiceDaemon) {
    let mut announced = Vec::new();
    for line in BufReader::new(io::stdin()).lines().map_while(Result::ok) {
        let done = match serde_json::from_str(&line) {
            Ok(Told::Announce(new)) => announce(daemon, &mut announced, new),
            Ok(Told::Verify(name)) => daemon.verify(name, VERIFIED_WITHIN),
            Err(_) => break,
        };
        if done.is_err() {
            break;
        }
    }
    if let Ok(ended) = daemon.shutdown() {
        let _said = ended.recv_timeout(GOODBYE);
    }
    exit(0);
}

/// In place of what was announced before. What is told as it was stays.
fn announce(daemon: &ServiceDaemon, before: &mut Vec<Announced>, new: Vec<Announced>) -> mdns_sd::Result<()> {
    for old in before.iter().filter(|old| !new.contains(old)) {
        let _said = daemon.unregister(info(old)?.get_fullname())?.recv_timeout(GOODBYE);
    }
    for one in new.iter().filter(|one| !before.contains(one)) {
        daemon.register(info(one)?)?;
    }
    *before = new;
    Ok(())
}

fn info(announced: &Announced) -> mdns_sd::Result<ServiceInfo> {
    let (instance, host) = (announced.instance(), announced.host());
    let info = ServiceInfo::new(SERVICE, &instance, &host, (), announced.port, &announced.text()[..])?;
    Ok(info.enable_addr_auto())
}
