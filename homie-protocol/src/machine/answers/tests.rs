//! First answers against a plain model, and each bound by itself.

use proptest::prelude::*;

use super::*;

fn wish(number: u64) -> Wish {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Wish { asker: Asker::User(1000), key: RequestKey::from_bytes(bytes) }
}

#[test]
fn a_repeat_waits_for_the_first_and_later_ones_get_its_answer() {
    let mut answers = Answers::default();
    assert_eq!(answers.ask(0, wish(1), "start", "first"), Ask::Act);
    assert_eq!(answers.ask(1, wish(1), "start", "second"), Ask::Wait);
    assert_eq!(answers.answer(2, wish(1), b"shell".to_vec()), ["first", "second"]);
    assert_eq!(answers.ask(3, wish(1), "start", "third"), Ask::Known(b"shell".to_vec(), "third"));
}

#[test]
fn keys_of_two_callers_never_meet() {
    let mut answers = Answers::default();
    assert_eq!(answers.ask(0, wish(1), "start", ()), Ask::Act);
    assert_eq!(answers.ask(0, Wish { asker: Asker::User(0), ..wish(1) }, "start", ()), Ask::Act);
    assert_eq!(
        answers.ask(0, Wish { asker: Asker::Device(DeviceId::from_bytes([0; 16])), ..wish(1) }, "start", ()),
        Ask::Act
    );
}

#[test]
fn a_key_is_for_one_method() {
    let mut answers = Answers::default();
    assert_eq!(answers.ask(0, wish(1), "start", ()), Ask::Act);
    assert_eq!(answers.ask(0, wish(1), "redeem", ()), Ask::OtherMethod(()));
}

#[test]
fn an_abandoned_key_is_free_again_and_an_answered_one_is_not() {
    let mut answers = Answers::default();
    answers.ask(0, wish(1), "start", 7);
    assert_eq!(answers.abandon(wish(1)), [7]);
    assert_eq!(answers.ask(0, wish(1), "start", 8), Ask::Act);
    answers.answer(0, wish(1), vec![1]);
    assert!(answers.abandon(wish(1)).is_empty());
    assert_eq!(answers.ask(0, wish(1), "start", 9), Ask::Known(vec![1], 9));
}

#[test]
fn ten_minutes_and_not_longer() {
    let mut answers = Answers::default();
    answers.ask(0, wish(1), "start", ());
    answers.answer(5, wish(1), vec![1]);
    assert_eq!(answers.ask(KEY_KEPT_MS + 4, wish(1), "start", ()), Ask::Known(vec![1], ()));
    assert_eq!(answers.ask(KEY_KEPT_MS + 5, wish(1), "start", ()), Ask::Act);
}

#[test]
fn what_an_earlier_server_was_asked_is_kept_for_what_is_left_of_its_time() {
    let mut answers = Answers::default();
    answers.ask(0, wish(1), "start", ());
    answers.answer(0, wish(1), vec![1]);
    for (number, age) in [(1, 0), (2, 9 * 60_000), (3, KEY_KEPT_MS), (4, 1)] {
        answers.remember(0, age, wish(number), "start", vec![9]);
    }
    assert_eq!(answers.ask(59_999, wish(1), "start", ()), Ask::Known(vec![1], ()), "it has its own answer");
    assert_eq!(answers.ask(59_999, wish(2), "start", ()), Ask::Known(vec![9], ()));
    assert_eq!(answers.ask(59_999, wish(2), "redeem", ()), Ask::OtherMethod(()));
    assert_eq!(answers.ask(59_999, wish(3), "start", ()), Ask::Act, "it was too old");
    assert_eq!(answers.ask(60_000, wish(2), "start", ()), Ask::Act);
    assert_eq!(answers.ask(KEY_KEPT_MS - 2, wish(4), "start", ()), Ask::Known(vec![9], ()));
}

#[test]
fn what_is_remembered_keeps_within_the_bounds() {
    let mut answers = Answers::default();
    for number in 0..2 * KEYS as u64 {
        answers.remember(0, 0, wish(number), "start", vec![0; 100]);
    }
    assert_eq!((answers.entries.len(), answers.answered.len(), answers.bytes), (KEYS, KEYS, 100 * KEYS));
    answers.remember(0, 0, wish(9_999), "start", vec![0; KEPT_BYTES]);
    assert_eq!((answers.entries.len(), answers.bytes), (1, KEPT_BYTES));
    answers.ask(0, wish(1), "start", ());
    answers.remember(0, 0, wish(1), "start", vec![0]);
    assert_eq!(answers.answer(0, wish(1), vec![1]), [()], "one that runs is not answered before");
}

#[test]
fn the_oldest_answer_makes_room_and_those_that_run_stay() {
    let mut answers = Answers::default();
    for number in 0..1024 {
        assert_eq!(answers.ask(0, wish(number), "start", ()), Ask::Act);
    }
    assert_eq!(answers.ask(0, wish(5000), "start", ()), Ask::Full(()));
    answers.answer(1, wish(9), vec![9]);
    answers.answer(2, wish(3), vec![3]);
    assert_eq!(answers.ask(3, wish(5000), "start", ()), Ask::Act);
    assert_eq!(answers.ask(3, wish(3), "start", ()), Ask::Known(vec![3], ()));
    assert_eq!(answers.ask(3, wish(4), "start", ()), Ask::Wait);
}

#[test]
fn large_answers_push_old_ones_out() {
    let mut answers = Answers::default();
    for number in 0..9 {
        answers.ask(0, wish(number), "start", ());
        answers.answer(0, wish(number), vec![0; 1024 * 1024]);
    }
    assert_eq!(answers.ask(0, wish(0), "start", ()), Ask::Act);
    assert!(matches!(answers.ask(0, wish(1), "start", ()), Ask::Known(..)));
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
                0 => match answers.ask(0, wish(number), "start", waiter) {
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
                    let told = answers.answer(0, wish(number), answer.clone());
                    let expected = running.remove(&number).unwrap_or_default();
                    if !expected.is_empty() {
                        answered.insert(number, answer);
                    }
                    prop_assert_eq!(told, expected);
                }
                _ => {
                    let expected = running.remove(&number).unwrap_or_default();
                    prop_assert_eq!(answers.abandon(wish(number)), expected);
                }
            }
        }
    }
}
