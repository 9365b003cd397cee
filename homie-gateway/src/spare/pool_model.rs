//! Spares in a model: three machines that keep two each at two gateways, over links that are cut and healed, while both sides
//! crash, hang and have clocks that jump, circuits take spares, and a machine lies about its tickets.
//!
//! The same seed gives the same runs. `scripts/soak` sets `HOMIE_MODEL_RUNS` and `HOMIE_SEED` to others than usual.

use std::collections::{BTreeSet, VecDeque};

use homie_protocol::limits::DEAD_AFTER_MS;
use homie_protocol::machine::liveness::{Duty, Liveness};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::*;

const GATEWAYS: usize = 2;
const MACHINES: usize = 3;

/// What a machine keeps at each gateway.
const KEPT: usize = 2;

/// How long an impatient circuit waits for the ticket to come back.
const IMPATIENT_MS: u64 = 2_500;

/// What happens.
#[derive(Debug, Clone)]
enum Step {
    /// A circuit with this machine is asked for, with a ticket out of so few that one is drawn twice.
    Takes { gateway: usize, machine: usize, ticket: u8, is_patient: bool },
    /// So many seconds go by.
    Passes { seconds: u64 },
    /// A link is cut, or whole again.
    Cuts { gateway: usize, machine: usize, is_cut: bool },
    /// A machine stands still, or goes on.
    Hangs { machine: usize, is_hung: bool },
    /// A machine answers with a ticket that it was told before.
    Lies { machine: usize, is_liar: bool },
    /// A gateway crashes and starts anew.
    GatewayDies { gateway: usize },
    /// A machine does.
    MachineDies { machine: usize },
    /// The clock of a gateway jumps.
    Jumps { gateway: usize, ms: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let (gateway, machine) = (0..GATEWAYS, 0..MACHINES);
    prop_oneof![
        8 => (gateway.clone(), machine.clone(), 0..12_u8, any::<bool>())
            .prop_map(|(gateway, machine, ticket, is_patient)| Step::Takes { gateway, machine, ticket, is_patient }),
        6 => (1..20_u64).prop_map(|seconds| Step::Passes { seconds }),
        3 => (gateway.clone(), machine.clone(), any::<bool>())
            .prop_map(|(gateway, machine, is_cut)| Step::Cuts { gateway, machine, is_cut }),
        2 => (machine.clone(), any::<bool>()).prop_map(|(machine, is_hung)| Step::Hangs { machine, is_hung }),
        1 => (machine.clone(), any::<bool>()).prop_map(|(machine, is_liar)| Step::Lies { machine, is_liar }),
        1 => gateway.clone().prop_map(|gateway| Step::GatewayDies { gateway }),
        1 => machine.prop_map(|machine| Step::MachineDies { machine }),
        1 => (gateway, prop_oneof![1..20_000_u64, Just(10_000_000)])
            .prop_map(|(gateway, ms)| Step::Jumps { gateway, ms }),
    ]
}

/// What is under way on a connection.
#[derive(Debug, Clone, Copy)]
enum Said {
    Ping,
    Pong,
    Ticket(Ticket),
    /// The other end is closed.
    End,
}

/// The gateway's end.
#[derive(Debug)]
enum Near {
    Idle,
    /// Its ticket is out, since then, and whether it is waited for as long as it is good.
    Pledged(Ticket, u64, bool),
    Gone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Far {
    Idle,
    /// It has been told a ticket, and is a circuit's for the machine.
    Used,
    Gone,
}

#[derive(Debug)]
struct Line {
    gateway: usize,
    machine: usize,
    /// As the pool of this life of the gateway calls it.
    spare: SpareId,
    near: (Near, Liveness),
    far: (Far, Liveness),
    to_near: VecDeque<Said>,
    to_far: VecDeque<Said>,
    /// What the machine was told on it.
    told: Option<Ticket>,
}

#[derive(Default)]
struct Gateway {
    /// Of numbers of lines.
    pool: Pool<usize>,
    given_out: BTreeSet<SpareId>,
    /// Which ticket was written to each, and when.
    written: BTreeMap<SpareId, (Ticket, u64)>,
    married: BTreeSet<SpareId>,
    /// Its clock is so far ahead.
    ahead: u64,
}

#[derive(Default)]
struct World {
    now: u64,
    gateways: [Gateway; GATEWAYS],
    lines: Vec<Line>,
    cut: [[bool; MACHINES]; GATEWAYS],
    is_hung: [bool; MACHINES],
    is_liar: [bool; MACHINES],
    /// The last ticket that each was told.
    heard: [Option<Ticket>; MACHINES],
}

fn id(machine: usize) -> NodeId {
    NodeId::from_bytes([u8::try_from(machine).unwrap(); 16])
}

impl World {
    fn at(&self, gateway: usize) -> u64 {
        self.now + self.gateways[gateway].ahead
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Takes { gateway, machine, ticket, is_patient } => self.take(gateway, machine, ticket, is_patient),
            Step::Passes { seconds } => (0..seconds).for_each(|_| self.second()),
            Step::Cuts { gateway, machine, is_cut } => self.cut[gateway][machine] = is_cut,
            Step::Hangs { machine, is_hung } => self.is_hung[machine] = is_hung,
            Step::Lies { machine, is_liar } => self.is_liar[machine] = is_liar,
            Step::GatewayDies { gateway } => {
                let ahead = self.gateways[gateway].ahead;
                self.gateways[gateway] = Gateway { ahead, ..Gateway::default() };
                for line in 0..self.lines.len() {
                    if self.lines[line].gateway == gateway {
                        self.near_ends(line);
                    }
                }
            }
            Step::MachineDies { machine } => {
                for line in 0..self.lines.len() {
                    if self.lines[line].machine == machine {
                        self.far_ends(line);
                    }
                }
            }
            Step::Jumps { gateway, ms } => self.gateways[gateway].ahead += ms,
        }
    }

    fn is_cut(&self, line: usize) -> bool {
        self.cut[self.lines[line].gateway][self.lines[line].machine]
    }

    /// Whoever is cut off hears nothing of an end: the system that would say it again may be gone.
    fn near_ends(&mut self, line: usize) {
        let is_heard = !self.is_cut(line) && !matches!(self.lines[line].near.0, Near::Gone);
        self.lines[line].near.0 = Near::Gone;
        if is_heard {
            self.lines[line].to_far.push_back(Said::End);
        }
    }

    fn far_ends(&mut self, line: usize) {
        let is_heard = !self.is_cut(line) && self.lines[line].far.0 != Far::Gone;
        self.lines[line].far.0 = Far::Gone;
        if is_heard {
            self.lines[line].to_near.push_back(Said::End);
        }
    }

    fn take(&mut self, gateway: usize, machine: usize, ticket: u8, is_patient: bool) {
        let (now, ticket) = (self.at(gateway), [ticket; 16]);
        let of = &mut self.gateways[gateway];
        let Ok(Some((spare, line))) = of.pool.take(id(machine), ticket, now) else { return };
        assert!(of.given_out.insert(spare), "{spare:?} was given out before");
        let is_pledged = |line: &Line| {
            line.gateway == gateway
                && matches!(line.near.0, Near::Pledged(pledged, at, _) if pledged == ticket && now < at + TICKET_MS)
        };
        assert!(!self.lines.iter().any(is_pledged), "one ticket is out twice");
        self.gateways[gateway].written.insert(spare, (ticket, now));
        self.lines[line].near.0 = Near::Pledged(ticket, now, is_patient);
        self.lines[line].to_far.push_back(Said::Ticket(ticket));
    }

    fn second(&mut self) {
        self.now += 1_000;
        for machine in 0..MACHINES {
            (0..GATEWAYS).for_each(|gateway| self.keep(gateway, machine));
        }
        for line in 0..self.lines.len() {
            if !self.is_cut(line) {
                self.deliver(line);
            }
            self.watch(line);
        }
        self.check();
    }

    /// A machine dials until it has what it keeps.
    fn keep(&mut self, gateway: usize, machine: usize) {
        let is_kept = |line: &&Line| line.gateway == gateway && line.machine == machine && line.far.0 == Far::Idle;
        while !self.is_hung[machine] && !self.cut[gateway][machine] && self.lines.iter().filter(is_kept).count() < KEPT
        {
            let (born, at) = (self.now, self.at(gateway));
            let Ok((spare, gone)) = self.gateways[gateway].pool.add(id(machine), self.lines.len()) else { return };
            self.lines.push(Line {
                gateway,
                machine,
                spare,
                near: (Near::Idle, Liveness::new(at)),
                far: (Far::Idle, Liveness::new(born)),
                to_near: VecDeque::new(),
                to_far: VecDeque::new(),
                told: None,
            });
            if let Some(gone) = gone {
                self.near_ends(gone);
            }
        }
    }

    fn deliver(&mut self, line: usize) {
        while let Some(said) = self.lines[line].to_near.pop_front() {
            self.at_gateway(line, said);
        }
        while !self.is_hung[self.lines[line].machine]
            && let Some(said) = self.lines[line].to_far.pop_front()
        {
            self.at_machine(line, said);
        }
    }

    fn at_gateway(&mut self, number: usize, said: Said) {
        let now = self.at(self.lines[number].gateway);
        let line = &mut self.lines[number];
        let of = &mut self.gateways[line.gateway];
        line.near.1.heard(now);
        match (said, &line.near.0) {
            (_, Near::Gone) | (Said::Pong, _) => {}
            (Said::Ping, _) => line.to_far.push_back(Said::Pong),
            (Said::Ticket(answer), Near::Pledged(..)) => {
                let (ticket, at) = of.written[&line.spare];
                if of.pool.redeem(&answer, line.spare, now) {
                    assert!(of.married.insert(line.spare), "a ticket was married twice");
                    assert_eq!((line.told, answer), (Some(ticket), ticket), "who answers was asked");
                    assert!(now < at + TICKET_MS, "it had run out");
                    assert!(!of.pool.redeem(&answer, line.spare, now), "it counts a second time");
                } else {
                    of.pool.give_up(line.spare);
                }
                self.near_ends(number);
            }
            (Said::Ticket(_) | Said::End, _) => {
                of.pool.lost(id(line.machine), line.spare);
                of.pool.give_up(line.spare);
                self.near_ends(number);
            }
        }
    }

    fn at_machine(&mut self, number: usize, said: Said) {
        let line = &mut self.lines[number];
        line.far.1.heard(self.now);
        match (said, line.far.0) {
            (_, Far::Gone) | (Said::Pong, _) => {}
            (Said::Ping, _) => line.to_near.push_back(Said::Pong),
            (Said::Ticket(ticket), Far::Idle) => {
                line.told = Some(ticket);
                let before = self.heard[line.machine].replace(ticket);
                let other = before.filter(|_| self.is_liar[line.machine]);
                line.to_near.push_back(Said::Ticket(other.unwrap_or(ticket)));
                // Said once more it must be worth nothing.
                line.to_near.push_back(Said::Ticket(ticket));
                line.far.0 = Far::Used;
            }
            (Said::Ticket(_) | Said::End, _) => self.far_ends(number),
        }
    }

    /// Both ends ask, and give up whoever is silent; a circuit gives up a spare that does not answer.
    fn watch(&mut self, number: usize) {
        let now = self.at(self.lines[number].gateway);
        let line = &mut self.lines[number];
        let of = &mut self.gateways[line.gateway];
        match line.near {
            (Near::Idle, ref mut liveness) => match liveness.check(now) {
                Duty::Rest => {}
                Duty::Ping => line.to_far.push_back(Said::Ping),
                Duty::Dead => {
                    of.pool.lost(id(line.machine), line.spare);
                    self.near_ends(number);
                }
            },
            (Near::Pledged(_, at, is_patient), _) => {
                let limit = if is_patient { 2 * TICKET_MS } else { IMPATIENT_MS };
                if now >= at + limit {
                    of.pool.give_up(line.spare);
                    self.near_ends(number);
                }
            }
            (Near::Gone, _) => {}
        }
        let line = &mut self.lines[number];
        let is_hung = self.is_hung[line.machine];
        match line.far {
            (Far::Idle, ref mut liveness) if !is_hung => match liveness.check(self.now) {
                Duty::Rest => {}
                Duty::Ping => line.to_near.push_back(Said::Ping),
                Duty::Dead => self.far_ends(number),
            },
            _ => {}
        }
    }

    /// What is so at every moment.
    fn check(&self) {
        for of in &self.gateways {
            assert!(of.pool.pledges.len() <= PLEDGES && of.pool.machines.len() <= MACHINES);
            assert!((0..MACHINES).all(|machine| of.pool.of(id(machine)) <= OF_ONE));
        }
    }

    /// Links are whole again, and everybody goes on: what was dead has been found once the longest silence is over.
    fn heal(&mut self) {
        (self.cut, self.is_hung) = (Default::default(), Default::default());
        (0..2 + DEAD_AFTER_MS / 1_000).for_each(|_| self.second());
        for (gateway, of) in self.gateways.iter().enumerate() {
            for machine in 0..MACHINES {
                assert_eq!(of.pool.of(id(machine)), KEPT, "machine {machine} at gateway {gateway}");
                let lying = of.pool.machines[&id(machine)].idle.iter().map(|(_, line)| &self.lines[*line]);
                assert!(lying.into_iter().all(|line| line.far.0 == Far::Idle), "a dead one lies there");
            }
        }
    }
}

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |value| value.parse().unwrap())
}

#[test]
fn no_spare_and_no_ticket_counts_twice_and_the_dead_are_found_whatever_happens_meanwhile() {
    let (runs, seed) = (setting("HOMIE_MODEL_RUNS", 2_000), setting("HOMIE_SEED", 1));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let config =
        ProptestConfig { cases: u32::try_from(runs).unwrap(), failure_persistence: None, ..Default::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let played = runner.run(&prop::collection::vec(step(), 1..40), |steps| {
        let mut world = World::default();
        world.second();
        for step in &steps {
            world.step(step);
            world.check();
        }
        world.heal();
        Ok(())
    });
    played.unwrap();
}
