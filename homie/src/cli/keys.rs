//! What can be asked about where the secret keys lie.

use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use clap::{Args, Subcommand};
use homie_trust::KeyStore;

#[derive(Debug, Args)]
pub(crate) struct KeysOptions {
    #[command(subcommand)]
    pub(crate) act: Option<KeysAct>,
    /// Answer as JSON.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RekeyOptions {
    /// This machine is the original, and keeps its key: the copy has another one now, or is no more.
    #[arg(long)]
    pub(crate) keep: bool,
    /// Do not ask.
    #[arg(long, short, conflicts_with = "keep")]
    pub(crate) yes: bool,
    /// Answer as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum KeysAct {
    /// Move them into the other store. What runs goes on.
    Move {
        /// Into files that only you may read, or into the keyring of this system.
        #[arg(value_parser = store())]
        to: KeyStore,
    },
}

/// A store as it is typed.
pub(super) fn store() -> impl TypedValueParser<Value = KeyStore> {
    let all = [KeyStore::File, KeyStore::Keyring];
    let named = move |name: String| all.into_iter().find(|store| store.name() == name).ok_or("no such key store");
    PossibleValuesParser::new(all.map(KeyStore::name)).try_map(named)
}
