//! N-10: machines that start, are moved, are cut off and are copied, boards that begin anew, words that come late or again, and
//! clocks that jump. Of a machine that is one nobody is ever told that it is two, however it is lied about; of one that is two both
//! learn it once each has been at the same board four times.
//!
//! The same seed gives the same runs. `scripts/soak` sets `HOMIE_MODEL_RUNS` and `HOMIE_SEED` to others than usual.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use homie_protocol::methods::start::{MeetOutput, MeetParams};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::*;
use crate::random::SystemRandom;

const BOARDS: usize = 2;

/// Two machines, of which the first may be copied: then the third place is the copy.
const PLACES: usize = 3;
const COPY: usize = 2;

/// Made once: a key takes longer than a run.
static KEYS: LazyLock<[Arc<KeyPair>; 2]> =
    LazyLock::new(|| [(); 2].map(|()| Arc::new(KeyPair::generate().expect("a key"))));

/// What happens.
#[derive(Debug, Clone)]
enum Step {
    /// A machine tells its start at a board.
    Meets { place: usize, board: usize },
    /// It stops, and starts anew: there, at another address, or as another machine of its tailnet.
    Restarts { place: usize },
    /// Two do not reach each other any more, or do again.
    Cuts { place: usize, board: usize, is_cut: bool },
    /// Something that was told at a board is told there, or elsewhere, again.
    Replays { what: Index, board: usize },
    /// An answer of before comes once more.
    Late { what: Index, place: usize },
    /// Whoever has another key says what it likes in a machine's name.
    Lies { by: usize, board: usize, of: usize },
    /// A board begins anew.
    Forgets { board: usize },
    /// A clock goes on, or jumps.
    Waits { seconds: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let (place, board) = (0..PLACES, 0..BOARDS);
    prop_oneof![
        8 => (place.clone(), board.clone()).prop_map(|(place, board)| Step::Meets { place, board }),
        2 => place.clone().prop_map(|place| Step::Restarts { place }),
        2 => (place.clone(), board.clone(), any::<bool>())
            .prop_map(|(place, board, is_cut)| Step::Cuts { place, board, is_cut }),
        3 => (any::<Index>(), board.clone()).prop_map(|(what, board)| Step::Replays { what, board }),
        2 => (any::<Index>(), place.clone()).prop_map(|(what, place)| Step::Late { what, place }),
        2 => (0..2_usize, board.clone(), place).prop_map(|(by, board, of)| Step::Lies { by, board, of }),
        1 => board.prop_map(|board| Step::Forgets { board }),
        2 => prop_oneof![Just(0), 1..20_u64, Just(3_600), Just(1_000_000)].prop_map(|seconds| Step::Waits { seconds }),
    ]
}

/// One place where a key is used, and what its gateway knows.
struct Place {
    start: Start,
    /// What it has been asked to sign at each board.
    asked: [Vec<StartId>; BOARDS],
    is_cut: [bool; BOARDS],
    /// That there is a twin.
    knows: bool,
}

impl Place {
    fn new(key: usize) -> Self {
        let start = Start::new(Arc::clone(&KEYS[key]), &SystemRandom).expect("a start");
        Self { start, asked: Default::default(), is_cut: [false; BOARDS], knows: false }
    }

    fn says(&self, board: usize) -> MeetParams {
        let signed = self.asked[board].iter().filter_map(|other| self.start.sign(*other).ok()).collect();
        MeetParams { machine: self.start.machine(), start: self.start.id(), signed }
    }

    fn hears(&mut self, board: usize, said: &MeetOutput) {
        self.knows |= said.signed.iter().any(|word| self.start.is_twin(word));
        self.asked[board] = std::iter::once(said.own).chain(said.others.iter().copied()).collect();
    }
}

struct World {
    places: Vec<Place>,
    boards: Vec<Board>,
    now: Instant,
    /// Everything that was ever told, and answered.
    told: Vec<(usize, MeetParams)>,
    answered: Vec<(usize, MeetOutput)>,
}

fn board() -> Board {
    Board::new(&SystemRandom).expect("a board")
}

/// Whose key is used there.
fn key_of(place: usize) -> usize {
    place % COPY
}

impl World {
    fn new(is_copied: bool) -> Self {
        let places = if is_copied { PLACES } else { COPY };
        Self {
            places: (0..places).map(|place| Place::new(key_of(place))).collect(),
            boards: (0..BOARDS).map(|_| board()).collect(),
            now: Instant::now(),
            told: Vec::new(),
            answered: Vec::new(),
        }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Meets { place, board } => self.meets(place, board),
            Step::Restarts { place } => self.restarts(place),
            Step::Cuts { place, board, is_cut } => {
                if let Some(place) = self.places.get_mut(place) {
                    place.is_cut[board] = is_cut;
                }
            }
            Step::Replays { what, board } if !self.told.is_empty() => {
                let (key, said) = what.get(&self.told).clone();
                let answer = self.brings(key, board, &said);
                self.answered.push((board, answer));
            }
            Step::Late { what, place } if place < self.places.len() && !self.answered.is_empty() => {
                let (board, said) = what.get(&self.answered);
                self.places[place].hears(*board, said);
            }
            Step::Replays { .. } | Step::Late { .. } => {}
            Step::Lies { by, board, of } => self.lies(by, board, of),
            Step::Forgets { board: which } => self.boards[which] = board(),
            Step::Waits { seconds } => self.now += Duration::from_secs(seconds),
        }
    }

    fn meets(&mut self, place: usize, board: usize) {
        if place >= self.places.len() || self.places[place].is_cut[board] {
            return;
        }
        let said = self.places[place].says(board);
        let answer = self.brings(key_of(place), board, &said);
        self.places[place].hears(board, &answer);
        self.told.push((key_of(place), said));
        self.answered.push((board, answer));
    }

    fn brings(&mut self, key: usize, board: usize, said: &MeetParams) -> MeetOutput {
        self.boards[board].meet(&KEYS[key].machine_key(), said, self.now)
    }

    fn restarts(&mut self, place: usize) {
        if let Some(known) = self.places.get_mut(place) {
            *known = Place { is_cut: known.is_cut, ..Place::new(key_of(place)) };
        }
    }

    /// A start that the machine never had, which signs all that there is with another key.
    fn lies(&mut self, by: usize, board: usize, of: usize) {
        let Some(victim) = self.places.get(of).filter(|_| by != key_of(of)) else { return };
        let liar = Start::new(Arc::clone(&KEYS[by]), &SystemRandom).expect("a start");
        let known = self.boards.iter().map(Board::own).chain([victim.start.id()]);
        let signed: Vec<_> = known.filter_map(|other| liar.sign(other).ok()).collect();
        let said = MeetParams { machine: victim.start.machine(), start: liar.id(), signed: signed.clone() };
        let answer = self.brings(key_of(of), board, &said);
        // And an answer that no board has given.
        let signed = signed.into_iter().map(|word| StartSignature { start: liar.id(), ..word }).collect();
        self.answered.push((board, MeetOutput { signed, others: vec![liar.id()], ..answer }));
    }

    fn twins(&self) -> Vec<NodeId> {
        self.boards.iter().flat_map(Board::twins).collect()
    }
}

fn one_is_never_two(steps: &[Step]) -> Result<(), TestCaseError> {
    let mut world = World::new(false);
    for step in steps {
        world.step(step);
        prop_assert!(world.twins().is_empty() && world.places.iter().all(|place| !place.knows), "after {step:?}");
    }
    Ok(())
}

fn two_always_learn_it(steps: &[Step]) -> Result<(), TestCaseError> {
    let mut world = World::new(true);
    for step in steps {
        world.step(step);
        prop_assert!(!world.places[1].knows, "the other machine is one, after {step:?}");
    }
    world.places.iter_mut().for_each(|place| place.is_cut = [false; BOARDS]);
    // The first time they hear whom to sign, the next time they are seen by each other, then they sign each other.
    for place in [0, COPY].repeat(4) {
        world.now += Duration::from_secs(5);
        world.meets(place, 0);
    }
    prop_assert!(world.places[0].knows && world.places[COPY].knows && !world.places[1].knows);
    prop_assert_eq!(world.boards[0].twins(), vec![KEYS[0].node_id()]);
    Ok(())
}

fn runs(check: fn(&[Step]) -> Result<(), TestCaseError>) {
    let (runs, seed) = (setting("HOMIE_MODEL_RUNS", 200), setting("HOMIE_SEED", 1));
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let config =
        ProptestConfig { cases: u32::try_from(runs).expect("few"), failure_persistence: None, ..Default::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    runner.run(&prop::collection::vec(step(), 0..60), |steps| check(&steps)).unwrap();
}

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |value| value.parse().expect("a number"))
}

#[test]
fn of_one_machine_nobody_learns_that_it_is_two_whatever_happens() {
    runs(one_is_never_two);
}

#[test]
fn of_two_with_one_key_both_learn_it_whatever_was_before() {
    runs(two_always_learn_it);
}
