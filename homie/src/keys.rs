//! `homie keys`: where this machine's secret keys lie. It is chosen before the first of them is made, and changed by nobody but
//! a person who says so.

use std::io::{IsTerminal, stdin};

use anyhow::anyhow;
use homie_trust::{Actor, KeyPair, KeyStore, Moved, Roster, StateDir};
use serde_json::json;
use tokio::task::spawn_blocking;

use crate::cli::{KeysAct, KeysOptions};
use crate::outcome::{Failure, Outcome, remark, say, say_json};
use crate::{home, service};

/// Before anything is started: chooses the store if that was not done, and has a keyring give what is in it now, so that
/// nothing waits for it later. A service has nobody who could unlock one.
pub(crate) fn ready(state: &StateDir, wanted: Option<KeyStore>, is_service: bool) -> anyhow::Result<()> {
    if choose(state, wanted, is_service)? == KeyStore::Keyring {
        KeyPair::machine(state)?;
        Roster::own_key(state)?;
    }
    Ok(())
}

/// Chooses the store if that was not done, before a command makes the first key.
pub(crate) fn choose(state: &StateDir, wanted: Option<KeyStore>, is_service: bool) -> anyhow::Result<KeyStore> {
    let has_person = stdin().is_terminal() && !is_service;
    let (store, is_new) = KeyStore::choose(state, wanted, has_person)?;
    if is_new && store == KeyStore::Keyring {
        remark("homie: this machine's secret keys are in the keyring of this system from now on (`homie keys`)");
    }
    Ok(store)
}

/// The same where a runtime must not wait.
pub(crate) async fn ready_to_call(state: &StateDir) -> anyhow::Result<()> {
    let state = state.clone();
    spawn_blocking(move || ready(&state, None, false)).await?
}

/// Does it.
pub(crate) fn keys(options: &KeysOptions) -> Outcome {
    let state = home::state()?;
    if let Some(KeysAct::Move { to }) = options.act {
        transfer(&state, to)?;
    }
    let store = KeyStore::chosen(&state)?;
    if options.json {
        return say_json(&json!({ "store": store.map(KeyStore::name) }));
    }
    say(match store {
        None => "There are no keys yet; the first `homie up` makes them.",
        Some(KeyStore::File) => {
            "This machine's secret keys are in files that only you may read, in the state directory."
        }
        Some(KeyStore::Keyring) => {
            "This machine's secret keys are in the keyring of this system. Homie starts when that is unlocked."
        }
    });
    Ok(())
}

/// A keyring is locked until somebody logs in, and the service is there before.
pub(crate) fn check_for_service(state: &StateDir) -> Outcome {
    if KeyStore::chosen(state)? != Some(KeyStore::Keyring) {
        return Ok(());
    }
    Err(Failure::Refused(anyhow!(
        "the keys are in the keyring of this system, which is locked when the service starts; \
         `homie keys move file` moves them into files, then say this again"
    )))
}

fn transfer(state: &StateDir, to: KeyStore) -> Outcome {
    if KeyStore::chosen(state)?.is_none() {
        return Err(Failure::NotFound(anyhow!(
            "there are no keys yet; `homie up --key-store {}` makes them there",
            to.name()
        )));
    }
    if to == KeyStore::Keyring && service::stays().is_some() {
        return Err(Failure::Refused(anyhow!(
            "the service is installed, and starts before anybody unlocks a keyring; `homie service uninstall` first"
        )));
    }
    if to.move_here(state, &Actor::local("homie keys"))? == Moved::KeptInKeyring {
        remark(
            "homie: the keys are moved, but the keyring still has its own copies, named \"homie\"; remove them there",
        );
    }
    Ok(())
}
