//! This machine's gateway as the commands reach it: over `gateway.sock`, with this machine's own device key.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use homie_circuit::client::{Client, Config, State};
use homie_protocol::code::Code;
use homie_protocol::hello::{Role, Service};
use homie_protocol::method::Method;
use homie_trust::{DeviceIdentity, KeyPair, Roster};
use tokio::time::timeout;

use crate::here::runtime;
use crate::outcome::{Failure, Outcome};
use crate::{home, keys};

/// How long it may take to answer: some answers are held back for 20 s.
const ANSWERED_WITHIN: Duration = Duration::from_secs(40);

/// The gateway of this machine.
#[derive(Debug)]
pub(crate) struct Front {
    client: Client,
}

/// Calls the gateway and does something with it.
pub(crate) fn with_front<T>(work: impl AsyncFnOnce(Front) -> Outcome<T>) -> Outcome<T> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(async { work(Front::connect().await?).await });
    // A thread may still wait for a line that nobody types any more.
    runtime.shutdown_background();
    outcome
}

impl Front {
    /// Calls it, to decide something.
    pub(crate) async fn connect() -> Outcome<Self> {
        let front = Self::look().await?;
        match &*front.client.state().borrow() {
            State::Up(up) if up.ready.role < Role::Owner => return Err(not_an_owner()),
            _ => {}
        }
        Ok(front)
    }

    /// Calls it, to look.
    pub(crate) async fn look() -> Outcome<Self> {
        let state = home::state_behind("gateway.sock")?.ok_or_else(no_gateway)?;
        keys::ready_to_call(&state).await?;
        let machine = KeyPair::machine_public(&state)?;
        let identity = DeviceIdentity::with_key(Roster::own_key(&state)?, machine)?;
        let config = Config::local(state.gateway_sock(), Arc::new(identity));
        let client = Client::connect(Config { service: Service::Gateway, ..config }).await;
        let client = client.map_err(|refusal| match refusal.code {
            Code::Unreachable => no_gateway(),
            _ => Failure::from(refusal),
        })?;
        Ok(Self { client })
    }

    /// Calls a method.
    pub(crate) async fn ask<M: Method>(&self, params: &M::Params) -> Outcome<M::Output>
    where
        M::Output: 'static,
    {
        match timeout(ANSWERED_WITHIN, self.client.request::<M>(params)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(Failure::Unreachable(anyhow!("the gateway does not answer; `homie logs` may say why"))),
        }
    }
}

fn no_gateway() -> Failure {
    Failure::Unreachable(anyhow!("no gateway runs here; start one with `homie up --detach`"))
}

fn not_an_owner() -> Failure {
    Failure::Refused(anyhow!(
        "this machine's key is no owner's, so it may not decide who gets in; use an owner's device, or `homie recover`"
    ))
}
