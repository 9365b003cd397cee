//! The pump of the certificate: reads the files again whenever they are others, and shows what they hold from the next handshake on. A
//! pair that is not good does not take the place of one that is.

use std::time::{Duration, SystemTime};

use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::PublicConfig;
use super::pair::{BadPair, Pair, PairFiles, Stamp};
use super::validity::Validity;
use crate::tls::Presented;

/// How long until the files are looked at again: a renewal takes a moment for each.
const LOOK: Duration = Duration::from_secs(2);

/// It.
pub(super) struct Keeper {
    files: PairFiles,
    name: String,
    presented: Presented,
    /// How long what is shown is good.
    shown: Option<Validity>,
    /// Which files were read last.
    read: Option<Stamp>,
    /// What was told last.
    told: Option<String>,
}

impl Keeper {
    pub(super) fn new(config: &PublicConfig, presented: Presented) -> Self {
        let (files, name) = (config.files.clone(), config.name.clone());
        Self { files, name, presented, shown: None, read: None, told: None }
    }

    /// For ever; the task ends with the gateway.
    pub(super) async fn keep(mut self) {
        loop {
            self.look().await;
            sleep(LOOK).await;
        }
    }

    async fn look(&mut self) {
        let (files, name, read) = (self.files.clone(), self.name.clone(), self.read.clone());
        // The disk may be slow.
        let news = spawn_blocking(move || {
            let stamp = files.stamp();
            (read.as_ref() != Some(&stamp)).then(|| (stamp, files.read(&name)))
        });
        let now = now();
        let trouble = match news.await {
            Ok(Some((stamp, pair))) => {
                self.read = Some(stamp);
                self.take(pair, now)
            }
            // What was wrong with these files still is.
            _ => self.told.clone(),
        };
        let lapsed = self.shown.filter(|shown| !shown.is_good(now)).map(|shown| lapsed(shown, now));
        self.tell(lapsed.or(trouble));
    }

    /// Shows it, if it is good, or if there is nothing to show; says why not.
    fn take(&mut self, pair: Result<Pair, BadPair>, now: u64) -> Option<String> {
        let Pair { certificate, validity } = match pair {
            Ok(pair) => pair,
            Err(bad) => return Some(bad.to_string()),
        };
        if self.shown.is_some_and(|shown| shown.is_good(now)) && !validity.is_good(now) {
            return Some(lapsed(validity, now));
        }
        match self.presented.set(certificate) {
            Ok(()) => {
                tracing::info!(
                    "the door to the internet shows a certificate that is good until {}",
                    validity.last_day()
                );
                self.shown = Some(validity);
                None
            }
            Err(error) => Some(error.to_string()),
        }
    }

    /// Each trouble once.
    fn tell(&mut self, trouble: Option<String>) {
        if let Some(words) = trouble.as_ref().filter(|words| self.told.as_ref() != Some(*words)) {
            let left = if self.shown.is_some() { "the one before is shown" } else { "nobody gets in" };
            tracing::warn!(
                "the certificate for the internet: {words} ({left}); `homie doctor` tells when it is mended"
            );
        }
        self.told = trouble;
    }
}

/// What is said of one that is not good now.
fn lapsed(validity: Validity, now: u64) -> String {
    if now > validity.until {
        format!("it has expired on {}", validity.last_day())
    } else {
        "it is not good yet, if this machine's clock is right".to_owned()
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::super::pair::tests::{NAME, files, made, write};
    use super::*;

    fn keeper(files: &PairFiles) -> Keeper {
        let (files, name) = (files.clone(), NAME.to_owned());
        let presented = Presented::for_name(NAME);
        Keeper { files, name, presented, shown: None, read: None, told: None }
    }

    async fn looked(keeper: &mut Keeper) -> (Option<String>, String) {
        keeper.look().await;
        (keeper.shown.map(Validity::last_day), keeper.told.clone().unwrap_or_default())
    }

    #[tokio::test]
    async fn a_good_one_is_shown_and_a_bad_one_does_not_take_its_place() {
        let (_folder, files) = files();
        let mut keeper = keeper(&files);
        let (shown, told) = looked(&mut keeper).await;
        assert!(shown.is_none() && told.contains("cannot read"), "{told}");
        let first = made(NAME, 2080);
        write(&files, &first);
        assert_eq!(looked(&mut keeper).await, (Some("2080-01-01".to_owned()), String::new()));
        for (bad, word) in [
            ((first.0.clone(), made(NAME, 2081).1), "is not the one of the certificate"),
            (made("other.example.org", 2082), "is not for"),
            (made(NAME, 2001), "it has expired on 2001-01-01"),
            (("half".to_owned(), first.1.clone()), "no certificate"),
        ] {
            write(&files, &bad);
            let (shown, told) = looked(&mut keeper).await;
            assert!(shown.as_deref() == Some("2080-01-01") && told.contains(word), "{shown:?} {told}");
            assert!(looked(&mut keeper).await.1.contains(word), "it still is so");
        }
        write(&files, &made(NAME, 2083));
        assert_eq!(looked(&mut keeper).await, (Some("2083-01-01".to_owned()), String::new()));
    }

    /// Who opens it is told so by the browser, and by `homie doctor`; it is still more than nothing.
    #[tokio::test]
    async fn an_expired_one_is_shown_where_there_is_no_other_and_is_told() {
        let (_folder, files) = files();
        let mut keeper = keeper(&files);
        write(&files, &made(NAME, 2001));
        let (shown, told) = looked(&mut keeper).await;
        assert!(shown.as_deref() == Some("2001-01-01") && told.contains("expired on 2001-01-01"), "{told}");
        write(&files, &made(NAME, 2084));
        assert_eq!(looked(&mut keeper).await, (Some("2084-01-01".to_owned()), String::new()));
    }
}
