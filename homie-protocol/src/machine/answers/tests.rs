//! First answers against a plain model, and each bound by itself.

use proptest::prelude::*;

use super::*;

const ASKER: Asker = Asker::User(1000);

fn key(number: u64) -> RequestKey {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    RequestKey::from_bytes(bytes)
}

#[test]
fn a_repeat_waits_for_the_first_and_later_ones_get_its_answer() {
    let mut answers = Answers::default();
    assert_eq!(answers.ask(0, ASKER, key(1), "start", "first"), Ask::Act);
    assert_eq!(answers.ask(1, ASKER, key(1), "start", "second"), Ask::Wait);
    assert_eq!(answers.answer(2, ASKER, key(1), b"shell".to_vec()), ["first", "second"]);
    assert_eq!(answers.ask(3, ASKER, key(1), "start", "third"), Ask::Known(b"shell".to_vec(), "third"));
}

#[test]
fn keys_of_two_callers_never_meet() {
    let mut answers = Answers::default();
    assert_eq!(answers.ask(0, ASKER, key(1), "start", ()), Ask::Act);
    assert_eq!(answers.ask(0, Asker::User(0), key(1), "start", ()), Ask::Act);
    assert_eq!(answers.ask(0, Asker::Device(DeviceId::from_bytes([0; 16])), key(1), "start", ()), Ask::Act);
}

#[test]
fn a_key_is_for_one_method() {
    let mut answers = Answers::default();
    assert_eq!(answers.ask(0, ASKER, key(1), "start", ()), Ask::Act);
    assert_eq!(answers.ask(0, ASKER, key(1), "redeem", ()), Ask::OtherMethod(()));
}

#[test]
fn an_abandoned_key_is_free_again_and_an_answered_one_is_not() {
    let mut answers = Answers::default();
    answers.ask(0, ASKER, key(1), "start", 7);
    assert_eq!(answers.abandon(ASKER, key(1)), [7]);
    assert_eq!(answers.ask(0, ASKER, key(1), "start", 8), Ask::Act);
    answers.answer(0, ASKER, key(1), vec![1]);
    assert!(answers.abandon(ASKER, key(1)).is_empty());
    assert_eq!(answers.ask(0, ASKER, key(1), "start", 9), Ask::Known(vec![1], 9));
}

#[test]
fn ten_minutes_and_not_longer() {
    let mut answers = Answers::default();
    answers.ask(0, ASKER, key(1), "start", ());
    answers.answer(5, ASKER, key(1), vec![1]);
    assert_eq!(answers.ask(KEY_KEPT_MS + 4, ASKER, key(1), "start", ()), Ask::Known(vec![1], ()));
    assert_eq!(answers.ask(KEY_KEPT_MS + 5, ASKER, key(1), "start", ()), Ask::Act);
}

#[test]
fn the_oldest_answer_makes_room_and_those_that_run_stay() {
    let mut answers = Answers::default();
    for number in 0..1024 {
        assert_eq!(answers.ask(0, ASKER, key(number), "start", ()), Ask::Act);
    }
    assert_eq!(answers.ask(0, ASKER, key(5000), "start", ()), Ask::Full(()));
    answers.answer(1, ASKER, key(9), vec![9]);
    answers.answer(2, ASKER, key(3), vec![3]);
    assert_eq!(answers.ask(3, ASKER, key(5000), "start", ()), Ask::Act);
    assert_eq!(answers.ask(3, ASKER, key(3), "start", ()), Ask::Known(vec![3], ()));
    assert_eq!(answers.ask(3, ASKER, key(4), "start", ()), Ask::Wait);
}

#[test]
fn large_answers_push_old_ones_out() {
    let mut answers = Answers::default();
    for number in 0..9 {
        answers.ask(0, ASKER, key(number), "start", ());
        answers.answer(0, ASKER, key(number), vec![0; 1024 * 1024]);
    }
    assert_eq!(answers.ask(0, ASKER, key(0), "start", ()), Ask::Act);
    assert!(matches!(answers.ask(0, ASKER, key(1), "start", ()), Ask::Known(..)));
}

proptest! {
    /// Whatever the order, an act is done at most once per key and every waiter comes out exactly once.
    #[test]
    fn one_act_per_key_and_no_waiter_lost(steps in prop::collection::vec((0_u8..3, 0_u64..4), 0..100)) {
        let mut answers = Answers::default();
        let mut running: HashMap<u64, Vec<usize>> = HashMap::new();
        let mut answered: HashMap<u64, Vec<u8>> = HashMap::new();
        for (waiter, (step, number)) in steps.into_iter().enumerate() {
            match step {
                0 => match answers.ask(0, ASKER, key(number), "start", waiter) {
                    Ask::Act => {
                        prop_assert!(!answered.contains_key(&number));
                        prop_assert!(running.insert(number, vec![waiter]).is_none());
                    }
                    Ask::Wait => running.get_mut(&number).unwrap().push(waiter),
                    Ask::Known(answer, _) => prop_assert_eq!(Some(&answer), answered.get(&number)),
                    other => prop_assert!(false, "{:?}", other),
                },
                1 => {
                    let answer = vec![u8::try_from(waiter).unwrap()];
                    let told = answers.answer(0, ASKER, key(number), answer.clone());
                    let expected = running.remove(&number).unwrap_or_default();
                    if !expected.is_empty() {
                        answered.insert(number, answer);
                    }
                    prop_assert_eq!(told, expected);
                }
                _ => {
                    let expected = running.remove(&number).unwrap_or_default();
                    prop_assert_eq!(answers.abandon(ASKER, key(number)), expected);
                }
            }
        }
    }
}
