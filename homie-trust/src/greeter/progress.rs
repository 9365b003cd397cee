//! How far a greeting is, whatever server gives it.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{Ready, Role};

use super::{Caller, Who};
use crate::exchange::Exchange;
use crate::keys_alone::KeysAlone;

/// How far a greeting is. Whatever fails leaves it over: nobody gets a second try on the same nonce.
#[derive(Debug)]
pub(super) enum Progress {
    Fresh,
    Welcomed(Exchange),
    Greeted(Caller),
    Over,
}

impl Progress {
    pub(super) fn start(&mut self) -> Result<(), Refusal> {
        match std::mem::replace(self, Self::Over) {
            Self::Fresh => Ok(()),
            Self::Welcomed(_) | Self::Greeted(_) | Self::Over => Err(out_of_turn("hello")),
        }
    }

    pub(super) fn welcomed(&mut self) -> Result<Exchange, Refusal> {
        match std::mem::replace(self, Self::Over) {
            Self::Welcomed(exchange) => Ok(exchange),
            Self::Fresh | Self::Greeted(_) | Self::Over => Err(out_of_turn("prove")),
        }
    }

    pub(super) fn finish(&mut self, exchange: Exchange, (who, role): (Who, Role), alone: Option<KeysAlone>) -> Ready {
        let Exchange { kind, agent, version, circuit, via, .. } = exchange;
        *self = Self::Greeted(Caller { who, role, kind, agent, circuit, version, via, alone });
        Ready { role, circuit }
    }

    pub(super) fn caller(&self) -> Option<&Caller> {
        match self {
            Self::Greeted(caller) => Some(caller),
            Self::Fresh | Self::Welcomed(_) | Self::Over => None,
        }
    }
}

fn out_of_turn(what: &str) -> Refusal {
    Refusal::new(Code::UnexpectedFrame, format!("{what}: it has no place here or now"))
}
