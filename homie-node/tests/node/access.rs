//! `docs/access.md`, asked cell by cell: what every role is answered at the node's doors.

use homie_protocol::code::Code;
use homie_protocol::hello::Role;
use homie_protocol::methods;
use homie_protocol::roster::{RosterHead, RosterOffer};
use homie_trust::KeyPair;

use crate::caller::Caller;
use crate::machine::Machine;
use crate::rosters::offer;

const TABLE: &str = include_str!("../../../docs/access.md");

/// Rows of the table: a method, and its cells by the head of their column.
fn rows() -> Vec<(String, Vec<(String, String)>)> {
    let cells =
        |line: &str| -> Vec<String> { line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect() };
    let mut lines = TABLE.lines().filter(|line| line.starts_with('|'));
    let head = cells(lines.next().unwrap());
    let rows = lines.skip(1).map(cells);
    rows.map(|row| (row[0].trim_matches('`').to_owned(), head.iter().cloned().zip(row).skip(1).collect())).collect()
}

#[tokio::test]
async fn every_method_is_answered_to_every_role_as_the_table_says() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut callers = vec![("local.sock: operator", Caller::local(&machine).await)];
    for (column, role) in
        [("node: viewer", Role::Viewer), ("node: operator", Role::Operator), ("node: owner", Role::Owner)]
    {
        callers.push((column, Caller::device(&machine, &machine.enrol(role)).await));
    }
    let stranger = KeyPair::generate().unwrap();
    let other = RosterOffer { head: RosterHead([7; 32]), ..offer(&machine) };
    // Last in and first asked: it has five seconds.
    callers.insert(0, ("node: none", Caller::carrying(&machine, &stranger, other).await.unwrap()));
    let rows = rows();
    assert_eq!(rows.len(), methods::rows().count());
    for (column, caller) in &mut callers {
        for (method, cells) in &rows {
            let (_, said) = cells.iter().find(|(head, _)| head == column).unwrap();
            let answer = match caller.outcome_of(method).await {
                Err(code @ (Code::Forbidden | Code::UnknownMethod)) => code.name(),
                Ok(()) | Err(_) => "yes",
            };
            assert_eq!(answer, said, "{method} for {column}");
        }
    }
}

/// A name that is near one, or was one, is none: the table is closed.
#[tokio::test]
async fn no_name_beside_the_table_is_heard() {
    let machine = Machine::new();
    let _node = machine.node().await;
    let mut owner = Caller::device(&machine, &machine.enrol(Role::Owner)).await;
    for (method, _) in rows() {
        let near = [
            method.to_uppercase(),
            format!("{method}."),
            format!(" {method}"),
            format!("{method}\0"),
            method[1..].to_owned(),
        ];
        for name in near {
            assert_eq!(owner.outcome_of(&name).await, Err(Code::UnknownMethod), "{name:?}");
        }
    }
}
