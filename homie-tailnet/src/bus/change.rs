//! What a line of the change bus says.

use serde::Deserialize;

use crate::backend_state::BackendState;
use crate::lenient::readable;
use crate::node::Node;
use crate::status::Status;

/// Something has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The whole state, once, at the beginning.
    Status(Box<Status>),
    /// Whether it is connected.
    State(BackendState),
    /// This machine, or what it may do: its name, addresses, or the policy of the tailnet.
    Own(Box<Node>),
    /// These machines are new or not what they were; perhaps only what they are granted. May be empty: then something
    /// has changed that could not be read.
    Peers(Vec<Node>),
    /// These machines cannot be seen any more, by their numbers.
    Removed(Vec<i64>),
    /// Something small about these machines.
    Patched(Vec<PeerPatch>),
    /// What went wrong, in tailscaled's words.
    Trouble(String),
}

/// Something small about a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PeerPatch {
    /// Its number.
    #[serde(rename = "NodeID")]
    pub id: i64,
    /// Whether the control server hears it, if that is what has changed.
    #[serde(default)]
    pub online: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Line {
    initial_status: Option<Box<Status>>,
    state: Option<u64>,
    self_change: Option<Box<Node>>,
    #[serde(deserialize_with = "readable")]
    peers_changed: Option<Vec<Node>>,
    peers_removed: Option<Vec<i64>>,
    #[serde(deserialize_with = "readable")]
    peer_changed_patch: Option<Vec<PeerPatch>>,
    err_message: Option<String>,
}

impl Change {
    /// Reads a line; many say nothing that we need.
    pub fn parse(line: &[u8]) -> Result<Vec<Self>, serde_json::Error> {
        let line: Line = serde_json::from_slice(line)?;
        let changes = [
            line.initial_status.map(Self::Status),
            line.state.map(|number| Self::State(BackendState::numbered(number))),
            line.self_change.map(Self::Own),
            line.peers_changed.map(Self::Peers),
            line.peers_removed.map(Self::Removed),
            line.peer_changed_patch.map(Self::Patched),
            line.err_message.map(Self::Trouble),
        ];
        Ok(changes.into_iter().flatten().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Vec<Change> {
        Change::parse(line.as_bytes()).expect("a line")
    }

    #[test]
    fn a_line_may_say_nothing_or_several_things() {
        assert_eq!(parse("{\"Version\":\"1.102.3\",\"ErrMessage\":null,\"State\":null,\"Prefs\":null}"), []);
        let changes = parse("{\"Version\":\"1\",\"State\":2,\"PeersRemoved\":[7,9],\"ErrMessage\":\"key expired\"}");
        let expected = [
            Change::State(BackendState::NeedsLogin),
            Change::Removed(vec![7, 9]),
            Change::Trouble("key expired".to_owned()),
        ];
        assert_eq!(changes, expected);
    }

    #[test]
    fn small_changes_say_whether_somebody_is_online() {
        let changes =
            parse("{\"PeerChangedPatch\":[{\"NodeID\":3,\"Online\":false},{\"NodeID\":4,\"DERPRegion\":9},{}]}");
        let expected = [PeerPatch { id: 3, online: Some(false) }, PeerPatch { id: 4, online: None }];
        assert_eq!(changes, [Change::Patched(expected.to_vec())]);
    }

    #[test]
    fn a_machine_that_cannot_be_read_is_still_a_change() {
        let good = Node { id: 3, stable_id: "n3".to_owned(), ..Node::default() };
        let line = "{\"PeersChanged\":[{\"ID\":3,\"StableID\":\"n3\"},{\"ID\":\"four\"}]}";
        assert_eq!(parse(line), [Change::Peers(vec![good])]);
        assert_eq!(parse("{\"PeersChanged\":[{\"ID\":\"four\"}]}"), [Change::Peers(Vec::new())]);
    }

    #[test]
    fn what_is_no_line_is_refused() {
        for nonsense in ["", "7", "{", "{\"State\":\"Running\"}", "{\"PeersRemoved\":[\"x\"]}"] {
            assert!(Change::parse(nonsense.as_bytes()).is_err(), "{nonsense}");
        }
    }
}
