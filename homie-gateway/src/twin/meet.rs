//! The start of this gateway at the node of a machine that it follows: told there every ten seconds, with what it signs of the starts
//! that were told there with its key. Two gateways with one key need not reach each other for it.

use std::sync::Arc;
use std::time::Duration;

use homie_circuit::client::Client;
use homie_protocol::code::Refusal;
use homie_protocol::id::{NodeId, StartId};
use homie_protocol::methods::start::{MeetOutput, MeetParams, StartMeet};

use super::Twin;

/// How often.
pub(crate) const MEET_EVERY: Duration = Duration::from_secs(10);

/// How often again at once, if there is more to sign.
const ROUNDS: usize = 3;

/// What a node takes at once.
const SIGNED: usize = 8;

/// What is to be signed at one node.
#[derive(Debug)]
pub(crate) struct Meeting {
    twin: Arc<Twin>,
    asked: Vec<StartId>,
}

impl Meeting {
    /// Nothing yet.
    pub(crate) fn new(twin: &Arc<Twin>) -> Self {
        Self { twin: Arc::clone(twin), asked: Vec::new() }
    }

    /// Tells this start there. Who must hear of this one has, before anything is done about it here. Which machines are two, as that
    /// node sees it.
    pub(crate) async fn meet(&mut self, client: &Client, place: &str) -> Result<Vec<NodeId>, Refusal> {
        let (mut words, mut twins) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let said: MeetOutput = client.request::<StartMeet>(&self.params()).await?;
            words.extend(said.signed.iter().copied());
            twins.clone_from(&said.twins);
            if !self.is_asked(&said) {
                break;
            }
        }
        self.twin.hear(&words, place).await;
        Ok(twins)
    }

    fn params(&self) -> MeetParams {
        let signed = self.asked.iter().filter_map(|other| self.twin.sign(*other)).collect();
        MeetParams { machine: self.twin.machine(), start: self.twin.id(), signed }
    }

    /// Whether there is more to sign than was signed now.
    fn is_asked(&mut self, said: &MeetOutput) -> bool {
        let asked = std::iter::once(said.own).chain(said.others.iter().copied());
        let asked: Vec<_> = asked.filter(|other| *other != self.twin.id()).take(SIGNED).collect();
        let is_more = asked.iter().any(|other| !self.asked.contains(other));
        self.asked = asked;
        is_more
    }
}
