//! What open circuits may do: it changes while they are open. Whoever learns that it has calls [`Grants::review`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use homie_protocol::hello::{DeviceKey, Role};
use tokio::sync::watch;
use tokio::time::sleep;

/// How long a change may go unseen by those who look for it. Nobody looks while no circuit is open.
const LOOK: Duration = Duration::from_millis(100);

/// What one circuit may do now. Clones share it.
#[derive(Debug, Clone)]
pub struct Grant(Arc<watch::Sender<Role>>);

impl Grant {
    /// For a circuit whose door alone says what it may do.
    pub fn fixed(role: Role) -> Self {
        Self(Arc::new(watch::Sender::new(role)))
    }

    /// The role now.
    pub fn role(&self) -> Role {
        *self.0.borrow()
    }

    /// Returns once a circuit that might do something may do nothing any more.
    pub async fn taken(&self) {
        let mut role = self.0.subscribe();
        let might = *role.borrow_and_update() > Role::None;
        // The sender lives as long as we are borrowed.
        let _ended = role.wait_for(|role| might && *role == Role::None).await;
    }

    fn give(&self, role: Role) {
        self.0.send_if_modified(|known| std::mem::replace(known, role) != role);
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
    /// What it may do.
    pub grant: Grant,
}

impl Grants {
    /// A circuit that this device has opened. It may do what `now` says once it has its place: so no change is missed that
    /// came between greeting and place.
    pub fn enter(&self, device: &DeviceKey, now: impl FnOnce(&DeviceKey) -> Role) -> Granted {
        let grant = Grant::fixed(Role::Owner);
        let number = {
            let mut circuits = self.circuits();
            let number = circuits.next;
            circuits.next += 1;
            circuits.by_number.insert(number, (device.clone(), grant.clone()));
            self.0.count.send_replace(circuits.by_number.len());
            number
        };
        grant.give(now(device));
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
    async fn a_review_reaches_the_circuits_of_a_device_and_no_others() {
        let grants = Grants::default();
        let (first, second) = (device(1), device(2));
        let [one, two, other] = [&first, &first, &second].map(|key| grants.enter(key, |_| Role::Operator));
        grants.review(|key| if *key == first { Role::Viewer } else { Role::Operator });
        let roles = [&one, &two, &other].map(|granted| granted.grant.role());
        assert_eq!(roles, [Role::Viewer, Role::Viewer, Role::Operator]);
        grants.review(|key| if *key == first { Role::None } else { Role::Operator });
        one.grant.taken().await;
        two.grant.taken().await;
        drop((one, two));
        assert_eq!(grants.circuits().by_number.len(), 1);
    }

    #[tokio::test]
    async fn what_changes_before_the_place_is_taken_is_not_missed() {
        let grants = Grants::default();
        let granted = grants.enter(&device(1), |_| Role::Viewer);
        assert_eq!(granted.grant.role(), Role::Viewer);
    }

    #[tokio::test]
    async fn news_are_looked_for_while_somebody_is_there() {
        let grants = Grants::default();
        let granted = grants.enter(&device(1), |_| Role::Owner);
        let mut told = Some(|_: &DeviceKey| Role::None);
        tokio::select! {
            () = grants.follow(|| told.take()) => {}
            () = granted.grant.taken() => {}
        }
        assert_eq!(granted.grant.role(), Role::None);
    }
}
