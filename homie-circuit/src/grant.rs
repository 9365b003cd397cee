//! What the devices of open circuits may do: it changes while they are open. Whoever learns that something has changed
//! says so, and each circuit asks anew about itself.

use std::sync::Arc;
use std::time::Duration;

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::Role;
use tokio::sync::watch;
use tokio::time::sleep;

/// How long a change may go unseen by those who look for it. Nobody looks while no circuit is open.
const LOOK: Duration = Duration::from_millis(100);

/// The circuits of a server that devices have opened, and how often something has changed for them. Clones share both.
#[derive(Debug, Clone, Default)]
pub struct Grants(Arc<Live>);

#[derive(Debug, Default)]
struct Live {
    changes: watch::Sender<u64>,
    circuits: watch::Sender<usize>,
}

/// A circuit's place among them, until it is dropped.
#[derive(Debug)]
pub struct Granted {
    grants: Grants,
    changes: watch::Receiver<u64>,
}

impl Grants {
    /// A circuit that a device has opened: every change from now on reaches it.
    pub fn enter(&self) -> Granted {
        self.0.circuits.send_modify(|circuits| *circuits += 1);
        Granted { grants: self.clone(), changes: self.0.changes.subscribe() }
    }

    /// Looks for changes for as long as circuits are open: `has_changed` tells whether there was one since it was asked last.
    pub async fn follow(&self, mut has_changed: impl FnMut() -> bool) {
        let mut circuits = self.0.circuits.subscribe();
        while circuits.wait_for(|circuits| *circuits > 0).await.is_ok() {
            if has_changed() {
                self.0.changes.send_modify(|changes| *changes += 1);
            }
            sleep(LOOK).await;
        }
    }
}

impl Granted {
    /// Gives the circuit the role that `role` says, now and after every change; returns why it must end once that is none.
    pub async fn keep(&mut self, live: &watch::Sender<Role>, role: impl Fn() -> Result<Role, Refusal>) -> Refusal {
        loop {
            match role() {
                Ok(Role::None) => {
                    live.send_replace(Role::None);
                    return Refusal::new(Code::DeviceUnknown, "this device may not come in any more; pair it anew");
                }
                Ok(role) => live.send_if_modified(|known| std::mem::replace(known, role) != role),
                Err(refusal) => return refusal,
            };
            // The sender lives as long as we do.
            let _changed = self.changes.changed().await;
        }
    }
}

impl Drop for Granted {
    fn drop(&mut self) {
        self.grants.0.circuits.send_modify(|circuits| *circuits -= 1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_change_makes_each_circuit_ask_about_itself() {
        let grants = Grants::default();
        let (mut first, mut second) = (grants.enter(), grants.enter());
        let (live, other) = (watch::Sender::new(Role::Owner), watch::Sender::new(Role::Owner));
        let is_allowed = AtomicBool::new(true);
        let role = || Ok(if is_allowed.load(Ordering::Relaxed) { Role::Owner } else { Role::None });
        let revoked = || is_allowed.swap(false, Ordering::Relaxed);
        tokio::select! {
            biased;
            _ = second.keep(&other, || Ok(Role::Viewer)) => {}
            refusal = first.keep(&live, role) => assert_eq!(refusal.code, Code::DeviceUnknown),
            () = grants.follow(revoked) => {}
        }
        assert_eq!((*live.borrow(), *other.borrow()), (Role::None, Role::Viewer));
        drop((first, second));
        assert_eq!(*grants.0.circuits.borrow(), 0);
    }

    /// A circuit that was opened before its device was revoked, and hears of it before it has asked for the first time.
    #[tokio::test]
    async fn the_first_word_may_be_that_it_may_do_nothing() {
        let grants = Grants::default();
        let (mut granted, live) = (grants.enter(), watch::Sender::new(Role::Owner));
        grants.0.changes.send_modify(|changes| *changes += 1);
        let refusal = granted.keep(&live, || Ok(Role::None)).await;
        assert_eq!((refusal.code, *live.borrow()), (Code::DeviceUnknown, Role::None));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_looks_while_no_circuit_is_open() {
        let grants = Grants::default();
        let looked = AtomicBool::new(false);
        let look = || {
            looked.store(true, Ordering::Relaxed);
            false
        };
        tokio::select! {
            () = grants.follow(look) => {}
            () = sleep(100 * LOOK) => {}
        }
        assert!(!looked.load(Ordering::Relaxed));
    }
}
