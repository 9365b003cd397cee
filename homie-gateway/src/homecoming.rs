//! A machine that comes back hears the news before it greets anybody from the network: above all who was revoked while it
//! was away, and may stand at the door already.
//!
//! Any other machine of the mesh knows them. If none is heard, because all are off or the network is broken, whoever waits is
//! greeted all the same after a while: nobody is shut out of the one machine that is left.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::limits::NEWS_TIME;

/// From when on this machine may have missed something, since it hears no other; none where it hears one, or there are no others.
pub(crate) type Alone = Option<Instant>;

/// Holds callers back.
pub(crate) struct Homecoming {
    alone: watch::Receiver<Alone>,
    /// How long it is waited for news, since the first caller came in a time alone, which is told by its beginning.
    waits: Mutex<Option<(Instant, Instant)>>,
}

impl Homecoming {
    /// Of a gateway that hears others so.
    pub(crate) fn new(alone: watch::Receiver<Alone>) -> Self {
        Self { alone, waits: Mutex::default() }
    }

    /// Returns once the news were heard, or were waited for long enough.
    pub(crate) async fn news(&self) {
        let mut alone = self.alone.clone();
        let Some(since) = alone.borrow_and_update().filter(|since| *since <= Instant::now()) else { return };
        // Too late is in time: see above. An error says that the gateway stops.
        let _heard = timeout_at(self.until(since), alone.wait_for(Option::is_none)).await;
    }

    fn until(&self, since: Instant) -> Instant {
        let mut waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        let known = waits.filter(|(began, _)| *began == since);
        waits.insert(known.unwrap_or_else(|| (since, Instant::now() + NEWS_TIME))).1
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;

    fn alone() -> (watch::Sender<Alone>, Arc<Homecoming>) {
        let (tell, told) = watch::channel(Some(Instant::now()));
        (tell, Arc::new(Homecoming::new(told)))
    }

    /// How long a caller waits who comes now.
    async fn waited(homecoming: &Homecoming) -> Duration {
        let came = Instant::now();
        homecoming.news().await;
        came.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_greeted_before_the_news_are_heard() {
        let (tell, homecoming) = alone();
        let waiting = tokio::spawn({
            let homecoming = Arc::clone(&homecoming);
            async move { waited(&homecoming).await }
        });
        tokio::time::sleep(NEWS_TIME / 4).await;
        assert!(!waiting.is_finished());
        tell.send_replace(None);
        assert_eq!(waiting.await.unwrap(), NEWS_TIME / 4);
        assert_eq!(waited(&homecoming).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn where_no_other_is_heard_the_first_waits_for_all() {
        let (tell, homecoming) = alone();
        assert_eq!(waited(&homecoming).await, NEWS_TIME);
        assert_eq!(waited(&homecoming).await, Duration::ZERO);
        tell.send_replace(None);
        assert_eq!(waited(&homecoming).await, Duration::ZERO);
        // Each time that it is cut off is another, and whoever comes right after the last word misses nothing.
        tell.send_replace(Some(Instant::now() + NEWS_TIME));
        assert_eq!(waited(&homecoming).await, Duration::ZERO);
        tokio::time::sleep(2 * NEWS_TIME).await;
        assert_eq!(waited(&homecoming).await, NEWS_TIME, "nobody has come since");
    }
}
