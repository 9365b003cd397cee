//! The keyring of the system: the Secret Service, or the Keychain. A locked one asks its person, who may not be there: each
//! question has a thread of its own, and a limit.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use data_encoding::HEXLOWER;
use keyring::{Entry, Error};

use crate::random::{SystemRandom, random_bytes};

/// What all entries of Homie are called together.
const SERVICE: &str = "homie";

/// For the first question ever, and for who only looks.
pub(crate) const GLANCE: Duration = Duration::from_secs(2);

/// While a person types a password.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Questions that wait: one that nobody answers keeps its thread.
const WAITING: usize = 4;

static ASKING: AtomicUsize = AtomicUsize::new(0);

/// Why the keyring gave nothing.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It is not there, is locked, or does not answer.
    Closed(String),
    /// It answers, and has no such entry.
    Absent,
}

/// Whether it keeps what it is given: an entry is written, read, compared and deleted again.
pub(crate) fn try_out(limit: Duration) -> Result<(), Refused> {
    let secret: [u8; 32] = random_bytes(&SystemRandom).map_err(|error| Refused::Closed(error.to_string()))?;
    // It is for nothing else, so that its own beginning may name it.
    let account = format!("trial {}", HEXLOWER.encode(secret.first_chunk::<8>().unwrap_or(&[0; 8])));
    let is_kept = ask(account, limit, move |entry| {
        entry.set_secret(&secret)?;
        let read = entry.get_secret();
        entry.delete_credential()?;
        Ok(read? == secret)
    })?;
    if is_kept { Ok(()) } else { Err(Refused::Closed("the keyring gives back something else".to_owned())) }
}

/// Puts a secret there, in the place of what was there.
pub(crate) fn write(account: String, secret: Vec<u8>, limit: Duration) -> Result<(), Refused> {
    ask(account, limit, move |entry| entry.set_secret(&secret))
}

/// What is there.
pub(crate) fn read(account: String, limit: Duration) -> Result<Vec<u8>, Refused> {
    ask(account, limit, Entry::get_secret)
}

/// Takes it away.
pub(crate) fn remove(account: String, limit: Duration) -> Result<(), Refused> {
    ask(account, limit, Entry::delete_credential)
}

fn ask<T: Send + 'static>(
    account: String,
    limit: Duration,
    question: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
) -> Result<T, Refused> {
    let waits = Waiting::begin()?;
    let (answer_tx, answer_rx) = sync_channel(1);
    let asker = move || {
        let answer = Entry::new(SERVICE, &account).and_then(|entry| question(&entry));
        drop(waits);
        // Whoever asked may have gone.
        let _heard = answer_tx.send(answer.map_err(in_words));
    };
    let started = thread::Builder::new().name("keyring".to_owned()).spawn(asker);
    started.map_err(|error| Refused::Closed(format!("the keyring cannot be asked: {error}")))?;
    let silent =
        |_| Refused::Closed(format!("the keyring does not answer within {} s; it may be locked", limit.as_secs()));
    answer_rx.recv_timeout(limit).map_err(silent)?
}

fn in_words(error: Error) -> Refused {
    match error {
        Error::NoEntry => Refused::Absent,
        Error::NoDefaultStore => match Entry::store_status() {
            Err(error) => Refused::Closed(format!("no keyring answers here ({error})")),
            Ok(()) => Refused::Closed("no keyring answers here".to_owned()),
        },
        error => Refused::Closed(format!("the keyring refuses ({error})")),
    }
}

/// One of the few questions that may wait.
struct Waiting;

impl Waiting {
    fn begin() -> Result<Self, Refused> {
        let one_more = |count| (count < WAITING).then_some(count + 1);
        match ASKING.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more) {
            Ok(_) => Ok(Self),
            Err(_) => Err(Refused::Closed("the keyring has not answered earlier questions".to_owned())),
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        ASKING.fetch_sub(1, Ordering::Relaxed);
    }
}
