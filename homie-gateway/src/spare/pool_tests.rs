//! What lies in a pool, who gets it, and that nothing in it grows without end.

use super::*;

fn machine(number: u16) -> NodeId {
    let mut bytes = [0; 16];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    NodeId::from_bytes(bytes)
}

fn ticket(number: u32) -> Ticket {
    let mut ticket = [0; 16];
    ticket[..4].copy_from_slice(&number.to_be_bytes());
    ticket
}

fn with(spares: &[u16]) -> Pool<usize> {
    let mut pool = Pool::default();
    for (number, whose) in spares.iter().enumerate() {
        pool.add(machine(*whose), number).unwrap();
    }
    pool
}

#[test]
fn the_youngest_is_given_out_and_each_once() {
    let mut pool = with(&[1, 2, 1]);
    let mut take = |whose, number| pool.take(machine(whose), ticket(number), 0).unwrap().map(|(_, spare)| spare);
    assert_eq!([take(1, 1), take(1, 2), take(1, 3)], [Some(2), Some(0), None]);
    assert_eq!([take(2, 4), take(2, 5), take(3, 6)], [Some(1), None, None]);
}

#[test]
fn a_ticket_is_good_once_at_its_own_spare_and_for_ten_seconds() {
    let mut pool = with(&[1, 1, 1, 1]);
    let (first, _) = pool.take(machine(1), ticket(1), 100).unwrap().unwrap();
    let (second, _) = pool.take(machine(1), ticket(2), 100).unwrap().unwrap();
    assert!(!pool.redeem(&ticket(1), second, 100), "another spare's");
    assert!(!pool.redeem(&ticket(3), first, 100), "nobody's");
    assert!(pool.redeem(&ticket(1), first, 100 + TICKET_MS - 1));
    assert!(!pool.redeem(&ticket(1), first, 101), "a second time");
    assert!(!pool.redeem(&ticket(2), second, 100 + TICKET_MS), "too late");
    assert!(!pool.redeem(&ticket(2), second, 100), "too late once is too late for ever");
    let (third, _) = pool.take(machine(1), ticket(4), 200).unwrap().unwrap();
    pool.give_up(third);
    assert!(!pool.redeem(&ticket(4), third, 200), "nobody waits for it");
}

#[test]
fn a_ticket_that_is_out_is_not_written_to_a_second_spare() {
    let mut pool = with(&[1, 1]);
    pool.take(machine(1), ticket(1), 0).unwrap().unwrap();
    assert_eq!(pool.take(machine(1), ticket(1), 0), Err(Full));
    assert_eq!(pool.of(machine(1)), 1, "and costs none");
}

#[test]
fn a_machine_that_brings_more_pushes_out_its_own_oldest_and_nobody_elses() {
    let mut pool = with(&[2, 1, 1, 1, 1]);
    let (_, gone) = pool.add(machine(1), 9).unwrap();
    assert_eq!((gone, pool.of(machine(1)), pool.of(machine(2))), (Some(1), OF_ONE, 1));
}

#[test]
fn all_machines_together_are_bounded_and_who_has_a_full_house_still_renews_its_own() {
    let all = u16::try_from(OF_ALL).unwrap();
    let mut pool = with(&[0; OF_ONE]);
    for whose in 1..=all - 4 {
        pool.add(machine(whose), 1).unwrap();
    }
    assert_eq!(pool.add(machine(all), 1), Err(Full));
    assert_eq!(pool.add(machine(1), 1), Err(Full));
    assert!(pool.add(machine(0), 1).unwrap().1.is_some());
    pool.take(machine(1), ticket(1), 0).unwrap().unwrap();
    assert!(pool.add(machine(all), 1).is_ok());
    assert_eq!(pool.len(), OF_ALL);
}

#[test]
fn machines_that_came_and_went_are_forgotten_for_those_that_come() {
    let mut pool = Pool::default();
    for whose in 0..u16::try_from(4 * OF_ALL).unwrap() {
        let (spare, _) = pool.add(machine(whose), ()).unwrap();
        pool.lost(machine(whose), spare);
        assert!(pool.machines.len() <= OF_ALL);
    }
}

#[test]
fn tickets_without_an_answer_are_bounded_and_time_clears_them() {
    let mut pool = Pool::default();
    let mut take = |number: usize, now| {
        pool.add(machine(1), ()).unwrap();
        pool.take(machine(1), ticket(u32::try_from(number).unwrap()), now).map(|taken| taken.is_some())
    };
    for number in 0..PLEDGES {
        assert_eq!(take(number, 0), Ok(true));
    }
    assert_eq!(take(PLEDGES, TICKET_MS - 1), Err(Full));
    assert_eq!(take(PLEDGES, TICKET_MS), Ok(true));
}

#[test]
fn one_is_waited_for_while_it_may_be_on_its_way() {
    let mut pool = with(&[1]);
    assert!(pool.expects(machine(1), 0) && !pool.expects(machine(2), 0));
    pool.take(machine(1), ticket(1), 5).unwrap().unwrap();
    assert!(pool.expects(machine(1), 5 + EXPECTED_MS - 1) && !pool.expects(machine(1), 5 + EXPECTED_MS));
    let (spare, _) = pool.add(machine(2), 9).unwrap();
    pool.lost(machine(2), spare);
    assert!(!pool.expects(machine(2), 5), "one that has died brings no other");
    assert!(pool.knows(machine(2)));
    pool.retain(|member| member != machine(2));
    assert!(!pool.knows(machine(2)) && pool.knows(machine(1)));
}
