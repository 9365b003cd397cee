//! `docs/access.md`: every method for every role at every door, as one table that a change cannot pass by unseen.

use homie_protocol::code::Code;
use homie_protocol::codec::scan;
use homie_protocol::control::Request;
use homie_protocol::hello::{Role, Service};
use homie_protocol::id::RequestKey;
use homie_protocol::limits::REQUEST;
use homie_protocol::method::MethodRow;
use homie_protocol::methods::rows;

use super::{Outcome, name_of, pages::HEAD};

const WORDS: &str = "What may be called by whom, and on which way. At `local.sock` a program of this machine's user needs no key, and is an operator then.
A role `none` is a stranger's: a gateway greets it so that it can pair, a node if it carries another roster of the same mesh. `yes`: the call is heard; `forbidden` and `unknown_method`: it is answered with that code, whatever its parameters
are. `internet` is the gateway behind its door to the internet: a stranger may bring a link of `homie pair --public` there, while one is out; nobody pairs otherwise, and a viewer or operator may do what is said under `gateway` but that. Tests of node and gateway ask every cell of this table over real circuits.
";

/// The door at which less may be called.
const INTERNET: &str = "internet";

/// What a newcomer calls there, and what nobody does.
const BRINGS_A_LINK: &str = "pairing.redeem";
const PAIRS: [&str; 3] = ["pairing.begin", "pairing.reveal", "pairing.await"];

/// Doors with the roles that may be there.
const DOORS: [(&str, Service, &[Role]); 4] = [
    ("local.sock", Service::Node, &[Role::Operator]),
    ("node", Service::Node, &[Role::None, Role::Viewer, Role::Operator, Role::Owner]),
    ("gateway", Service::Gateway, &[Role::None, Role::Viewer, Role::Operator, Role::Owner]),
    (INTERNET, Service::Gateway, &[Role::None, Role::Owner]),
];

/// The page.
pub(super) fn page() -> Outcome<String> {
    let mut head = "| method |".to_owned();
    for (door, _, roles) in DOORS {
        for role in roles {
            head += &format!(" {door}: {} |", name_of(role)?);
        }
    }
    let columns = DOORS.iter().map(|(_, _, roles)| roles.len()).sum::<usize>() + 1;
    let line = format!("|{}", "---|".repeat(columns));
    let lines: String = rows().map(row).collect::<Outcome<_>>()?;
    Ok(format!("# Access\n\n{HEAD}\n{WORDS}\n{head}\n{line}\n{lines}"))
}

fn row(row: &'static MethodRow) -> Outcome<String> {
    let mut line = format!("| `{}` |", row.name);
    for (door, server, roles) in DOORS {
        for role in roles {
            line += &format!(" {} |", answer(row, (door, server), *role)?);
        }
    }
    Ok(line + "\n")
}

fn answer(row: &MethodRow, (door, server): (&str, Service), role: Role) -> Outcome<&'static str> {
    if !row.server.include(server) {
        return Ok(Code::UnknownMethod.name());
    }
    let key = row.keyed.then_some(RequestKey::from_bytes([1; 16]));
    let params = scan(&[0x80], REQUEST)?;
    let request = Request { id: 1, method: row.name, params, key };
    Ok(match row.admit(role, &request) {
        Ok(()) if door == INTERNET && PAIRS.contains(&row.name) => Code::Forbidden.name(),
        Ok(()) if door == INTERNET && role == Role::None && row.name != BRINGS_A_LINK => Code::Forbidden.name(),
        Ok(()) => "yes",
        Err(refusal) => refusal.code.name(),
    })
}
