//! A mesh in a model: four machines, each with what it knows, which sign, meet in parts, are cut off from each other, go back to
//! an old copy of themselves, and have clocks that jump, while a stolen key signs whatever it likes.
//!
//! The same seed gives the same runs. `scripts/soak` sets `HOMIE_MODEL_RUNS` and `HOMIE_SEED` to others than usual.

use homie_protocol::hello::Role;
use homie_protocol::roster::{Entry, MachineEntry, RetireEntry, SignedEntry, Stem};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::members::Members;
use super::tests::Cast;

const MACHINES: usize = 4;

/// The first owner, a second one, a viewer, an owner whose key is stolen, and somebody whom no owner has let in.
const FIRST: usize = 1;
const VIEWER: usize = 3;
const THIEF: usize = 4;
const STRANGER: usize = 5;

/// What happens.
#[derive(Debug, Clone)]
enum Step {
    /// An owner in good standing says something at a machine.
    Says { at: usize, by: usize, what: What, whom: usize, clock: u64 },
    /// The stolen key, or somebody with no right to it, signs something, as if it knew what some machine knows, and brings it.
    Forges { to: usize, by: usize, seen: usize, what: What, whom: usize },
    /// One tells another what it knows, and is interrupted after so many entries.
    Meets { one: usize, other: usize, told: usize },
    /// Two do not reach each other any more, or do again.
    Cuts { one: usize, other: usize, is_cut: bool },
    /// A machine is what it was some steps ago: a disk is put back.
    GoesBack { at: usize, to: Index },
}

#[derive(Debug, Clone, Copy)]
enum What {
    Owner,
    Viewer,
    Revoke,
    Machine,
    Retire,
}

fn what() -> impl Strategy<Value = What> {
    prop_oneof![Just(What::Owner), Just(What::Viewer), Just(What::Revoke), Just(What::Machine), Just(What::Retire)]
}

fn step() -> impl Strategy<Value = Step> {
    let machine = 0..MACHINES;
    let clock = prop_oneof![Just(0), Just(u64::from(u32::MAX)), 1..10_u64];
    prop_oneof![
        4 => (machine.clone(), 0..=2_usize, what(), 2..=STRANGER - 1, clock)
            .prop_map(|(at, by, what, whom, clock)| Step::Says { at, by, what, whom, clock }),
        3 => (machine.clone(), VIEWER..=STRANGER, machine.clone(), what(), 1..=STRANGER)
            .prop_map(|(to, by, seen, what, whom)| Step::Forges { to, by, seen, what, whom }),
        6 => (machine.clone(), machine.clone(), 0..12_usize)
            .prop_map(|(one, other, told)| Step::Meets { one, other, told }),
        2 => (machine.clone(), machine.clone(), any::<bool>())
            .prop_map(|(one, other, is_cut)| Step::Cuts { one, other, is_cut }),
        1 => (machine, any::<Index>()).prop_map(|(at, to)| Step::GoesBack { at, to }),
    ]
}

struct Mesh {
    cast: Cast,
    machines: Vec<Members>,
    /// What each has known at some time.
    copies: Vec<Vec<Members>>,
    cut: [[bool; MACHINES]; MACHINES],
    /// Revocations by the root and by the first owner, whom nobody in good standing revokes: by name, whom.
    revoked: Vec<(SignedEntry, usize)>,
    retired: Vec<(SignedEntry, usize)>,
}

impl Mesh {
    fn new() -> Self {
        let cast = Cast::of(STRANGER);
        let mut known = cast.nobody();
        cast.add(&mut known, 0, cast.device(FIRST, Role::Owner));
        cast.add(&mut known, FIRST, cast.device(2, Role::Owner));
        cast.add(&mut known, FIRST, cast.device(VIEWER, Role::Viewer));
        cast.add(&mut known, FIRST, cast.device(THIEF, Role::Owner));
        let machines = vec![known; MACHINES];
        let copies = machines.iter().map(|known| vec![known.clone()]).collect();
        Self { cast, machines, copies, cut: Default::default(), revoked: Vec::new(), retired: Vec::new() }
    }

    fn sign(&self, by: usize, seen: &Members, what: What, whom: usize, clock: u64) -> SignedEntry {
        let (key, id) = (self.cast.key(whom).machine_key(), self.cast.key(whom).node_id());
        let (name, origins) = (format!("machine {whom}"), Vec::new());
        let author = self.cast.key(by);
        let signed = match what {
            What::Owner => seen.sign(author, clock, self.cast.device(whom, Role::Owner)),
            What::Viewer => seen.sign(author, clock, self.cast.device(whom, Role::Viewer)),
            What::Revoke => seen.sign(author, clock, self.cast.revocation(whom)),
            What::Machine => {
                seen.sign(author, clock, |stem: Stem| Entry::Machine(MachineEntry { stem, key, name, origins }))
            }
            What::Retire => seen.sign(author, clock, |stem| Entry::Retire(RetireEntry { stem, machine: id })),
        };
        signed.expect("a signature")
    }

    /// Takes entries as a machine does that is told them.
    fn take(&mut self, at: usize, entries: &[SignedEntry]) {
        self.machines[at] = self.machines[at].taking(entries).expect("room").0;
        let known = self.machines[at].clone();
        self.copies[at].push(known);
    }

    fn tell(&mut self, one: usize, other: usize, told: usize) {
        let entries: Vec<_> = self.machines[one].by_owners().map(|(_, signed)| signed.clone()).take(told).collect();
        self.take(other, &entries);
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Says { at, by, what, whom, clock } => {
                // They do not turn on each other: whose word counts then is another test.
                let whom = if by == 2 { whom.max(VIEWER) } else { whom };
                let signed = self.sign(by, &self.machines[at].clone(), what, whom, clock);
                match what {
                    What::Revoke if by <= FIRST => self.revoked.push((signed.clone(), whom)),
                    What::Retire if by <= FIRST => self.retired.push((signed.clone(), whom)),
                    _ => {}
                }
                self.take(at, &[signed]);
            }
            Step::Forges { to, by, seen, what, whom } => {
                let signed = self.sign(by, &self.machines[seen].clone(), what, whom, 5);
                self.take(to, &[signed]);
            }
            Step::Meets { one, other, told } if !self.cut[one][other] => {
                self.tell(one, other, told);
                self.tell(other, one, told);
            }
            Step::Meets { .. } => {}
            Step::Cuts { one, other, is_cut } => {
                (self.cut[one][other], self.cut[other][one]) = (is_cut, is_cut);
            }
            Step::GoesBack { at, to } => self.machines[at] = to.get(&self.copies[at]).clone(),
        }
    }

    /// Links are whole again, and everybody meets everybody.
    fn heal(&mut self) {
        for _ in 0..2 {
            for one in 0..MACHINES {
                for other in 0..MACHINES {
                    self.tell(one, other, usize::MAX);
                }
            }
        }
    }

    /// What is so at every moment, wherever it is known.
    fn check(&self) {
        for known in &self.machines {
            let has = |signed: &SignedEntry| known.entries().any(|entry| entry == signed);
            for (_, whom) in self.revoked.iter().filter(|(signed, _)| has(signed)) {
                assert_eq!(self.cast.role(known, *whom), Role::None, "{whom} is revoked");
            }
            for (_, whom) in self.retired.iter().filter(|(signed, _)| has(signed)) {
                let id = self.cast.key(*whom).node_id();
                assert!(known.machine(id).is_none(), "{whom} is retired");
            }
        }
    }

    /// What is so once all have met: they agree, and what was ever said by the first of them stands.
    fn check_at_the_end(&self) {
        let first = &self.machines[0];
        for known in &self.machines {
            assert_eq!(known.head(), first.head());
            assert_eq!((known.devices(), known.machines()), (first.devices(), first.machines()));
        }
        let lasts = |(signed, _): &&(SignedEntry, usize)| first.entries().any(|entry| entry == signed);
        for (_, whom) in self.revoked.iter().filter(lasts) {
            assert_eq!(self.cast.role(first, *whom), Role::None);
        }
    }
}

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |value| value.parse().expect("a number"))
}

#[test]
fn a_revocation_wins_for_ever_and_all_agree_once_they_meet() {
    let (runs, seed) = (setting("HOMIE_MODEL_RUNS", 500), setting("HOMIE_SEED", 1));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let config =
        ProptestConfig { cases: u32::try_from(runs).expect("few"), failure_persistence: None, ..Default::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let played = runner.run(&prop::collection::vec(step(), 1..30), |steps| {
        let mut mesh = Mesh::new();
        for step in steps {
            mesh.step(&step);
            mesh.check();
        }
        mesh.heal();
        mesh.check();
        mesh.check_at_the_end();
        Ok(())
    });
    played.unwrap();
}
