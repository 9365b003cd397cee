//! What the devices of open circuits may do: it changes while they are open. Whoever learns that it has calls
//! [`Grants::review`], and each circuit is asked about anew.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{DeviceKey, Role};
use tokio::sync::watch;
use tokio::time::sleep;

/// How long a change may go unseen by those who look for it. Nobody looks while no circuit is open.
const LOOK: Duration = Duration::from_millis(100);

/// What one circuit's device may do, once that has changed; nothing was told before, so that even the first word is heard,
/// and be it that it may do nothing. Clones share it.
#[derive(Debug, Clone)]
pub struct Grant(Arc<watch::Sender<Option<Role>>>);

impl Grant {
    /// Gives the circuit the role that `role` says, now and after every change; returns why it must end once that is none.
    pub async fn keep(&self, live: &watch::Sender<Role>, role: impl Fn() -> Result<Role, Refusal>) -> Refusal {
        let mut changes = self.0.subscribe();
        loop {
            match role() {
                Ok(Role::None) => {
                    live.send_replace(Role::None);
                    return Refusal::new(Code::DeviceUnknown, "this device may not come in any more; pair it anew");
                }
                Ok(role) => live.send_if_modified(|known| std::mem::replace(known, role) != role),
                Err(refusal) => return refusal,
            };
            // The sender lives as long as we are borrowed.
            let _changed = changes.changed().await;
        }
    }

    fn give(&self, role: Role) {
        self.0.send_if_modified(|known| known.replace(role) != Some(role));
    }
}

/// The circuits of a server that devices have opened.
#[derive(Debug, Clone, Default)]
pub struct Grants(Arc<Live>);

#[derive(Debug, Default)]
struct Live {
    circuits: Mutex<Circuits>,
    /// How many there are.
    count: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Circuits {
    next: u64,
    by_number: BTreeMap<u64, (DeviceKey, Grant)>,
}

/// A circuit's place among them, until it is dropped.
#[derive(Debug)]
pub struct Granted {
    number: u64,
    grants: Grants,
    /// What its device may do.
    pub grant: Grant,
}

impl Grants {
    /// A circuit that this device has opened: every change from now on reaches it.
    pub fn enter(&self, device: &DeviceKey) -> Granted {
        let grant = Grant(Arc::new(watch::Sender::new(None)));
        let number = {
            let mut circuits = self.circuits();
            let number = circuits.next;
            circuits.next += 1;
            circuits.by_number.insert(number, (device.clone(), grant.clone()));
            self.0.count.send_replace(circuits.by_number.len());
            number
        };
        Granted { number, grants: self.clone(), grant }
    }

    /// Gives every circuit what its device may do now.
    pub fn review(&self, may: impl Fn(&DeviceKey) -> Role) {
        for (device, grant) in self.circuits().by_number.values() {
            grant.give(may(device));
        }
    }

    /// Looks for changes for as long as circuits are open: `news` tells what devices may do if that is not what it told last.
    pub async fn follow<M: Fn(&DeviceKey) -> Role>(&self, mut news: impl FnMut() -> Option<M>) {
        let mut count = self.0.count.subscribe();
        while count.wait_for(|count| *count > 0).await.is_ok() {
            if let Some(may) = news() {
                self.review(may);
            }
            sleep(LOOK).await;
        }
    }

    // A panic elsewhere cannot leave the map half changed.
    fn circuits(&self) -> MutexGuard<'_, Circuits> {
        self.0.circuits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Granted {
    fn drop(&mut self) {
        let mut circuits = self.grants.circuits();
        circuits.by_number.remove(&self.number);
        self.grants.0.count.send_replace(circuits.by_number.len());
    }
}

#[cfg(test)]
mod tests {
    use homie_protocol::hello::Algorithm;
    use homie_protocol::id::DeviceId;

    use super::*;

    fn device(number: u8) -> DeviceKey {
        DeviceKey { id: DeviceId::from_bytes([number; 16]), alg: Algorithm::Ed25519, key: vec![number; 32] }
    }

    #[tokio::test]
    async fn news_reach_the_circuits_of_a_device_and_no_others() {
        let grants = Grants::default();
        let (first, second) = (grants.enter(&device(1)), grants.enter(&device(2)));
        let (live, other) = (watch::Sender::new(Role::Owner), watch::Sender::new(Role::Owner));
        let allowed = std::sync::atomic::AtomicBool::new(true);
        let may = || {
            let is_allowed = allowed.load(std::sync::atomic::Ordering::Relaxed);
            Ok(if is_allowed { Role::Owner } else { Role::None })
        };
        let mut told = vec![Some(|key: &DeviceKey| if *key == device(1) { Role::Viewer } else { Role::None })];
        let mut changes = live.subscribe();
        let news = || {
            allowed.store(false, std::sync::atomic::Ordering::Relaxed);
            told.pop().flatten()
        };
        tokio::select! {
            () = grants.follow(news) => {}
            refusal = first.grant.keep(&live, may) => assert_eq!(refusal.code, Code::DeviceUnknown),
            _ = second.grant.keep(&other, || Ok(Role::Owner)) => {}
        }
        changes.mark_changed();
        assert_eq!((*live.borrow(), *other.borrow()), (Role::None, Role::Owner));
        drop((first, second));
        assert_eq!(grants.circuits().by_number.len(), 0);
    }

    /// A circuit that was opened before its device was revoked, and told nothing in between.
    #[tokio::test]
    async fn the_first_word_may_be_that_it_may_do_nothing() {
        let grants = Grants::default();
        let granted = grants.enter(&device(1));
        let (live, allowed) = (watch::Sender::new(Role::Owner), watch::Sender::new(Role::Owner));
        let revoked = async {
            tokio::task::yield_now().await;
            allowed.send_replace(Role::None);
            grants.review(|_| Role::None);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            biased;
            refusal = granted.grant.keep(&live, || Ok(*allowed.borrow())) => assert_eq!(refusal.code, Code::DeviceUnknown),
            () = revoked => {}
        }
    }
}
