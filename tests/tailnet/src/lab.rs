//! The tailnet around this process: its hosts, its policy, and what its control server does to machines.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::host::Host;

/// The name of the capability that the policy grants roles with.
pub const CAPABILITY: &str = "example.com/cap/homie";

/// The tailnet. One test at a time has it.
#[derive(Debug)]
pub struct Lab {
    place: PathBuf,
}

impl Lab {
    /// The tailnet, made what it was at the beginning, whatever the test before has done to it.
    pub fn open() -> anyhow::Result<Self> {
        let place = std::env::var_os("HOMIE_TAILNET").context("scripts/tailnet runs this")?;
        call(["settle"])?;
        Ok(Self { place: place.into() })
    }

    /// A machine of alice's.
    pub fn desk(&self) -> Host {
        Host::new(&self.place, "desk")
    }

    /// Her other one.
    pub fn laptop(&self) -> Host {
        Host::new(&self.place, "laptop")
    }

    /// A machine of bob's, who is a viewer of alice's.
    pub fn studio(&self) -> Host {
        Host::new(&self.place, "studio")
    }

    /// A tagged machine, which nobody owns. It and bob's cannot see each other.
    pub fn builder(&self) -> Host {
        Host::new(&self.place, "builder")
    }

    /// Edits the grants of the first policy, and returns when every host has them.
    pub fn set_grants(&self, edit: impl FnOnce(&mut Vec<Value>)) -> anyhow::Result<()> {
        let mut policy: Value = serde_json::from_slice(&std::fs::read(format!("{REPOSITORY}/{FIRST_POLICY}"))?)?;
        edit(policy.get_mut("grants").and_then(Value::as_array_mut).context("the policy has no grants")?);
        let file = self.place.join("policy-of-test.json");
        std::fs::write(&file, serde_json::to_vec(&policy)?)?;
        call([OsStr::new("policy"), file.as_os_str()])
    }

    /// Waits until two hosts can reach each other, after one of them was away.
    pub fn meet(&self, one: &Host, other: &Host) -> anyhow::Result<()> {
        call(["meet", &format!("{}:{}", one.name(), other.name())])
    }

    /// Has a machine's key expire now.
    pub fn expire(&self, host: &Host) -> anyhow::Result<()> {
        self.headscale(&["nodes", "expire", "--identifier", &self.id(host)?]).map(drop)
    }

    /// The number of a machine at the control server.
    fn id(&self, host: &Host) -> anyhow::Result<String> {
        let listed: Value = serde_json::from_str(&self.headscale(&["nodes", "list", "--output", "json"])?)?;
        let mut nodes = listed.as_array().into_iter().flatten();
        let node = nodes.find(|node| node["given_name"] == host.name()).context("headscale does not know it")?;
        Ok(node["id"].to_string())
    }

    fn headscale(&self, words: &[&str]) -> anyhow::Result<String> {
        let program = self.place.join("bin/headscale");
        answer(Command::new(program).arg("-c").arg(self.place.join("headscale.yaml")).args(words))
    }
}

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const FIRST_POLICY: &str = "tests/tailnet/policy.json";

/// The script that the tailnet is built with, to do something more to it.
pub(crate) fn script() -> Command {
    Command::new(Path::new(REPOSITORY).join("scripts/lib/tailnet-lab"))
}

/// Has the script do something.
pub(crate) fn call<Word: AsRef<OsStr>>(words: impl IntoIterator<Item = Word>) -> anyhow::Result<()> {
    answer(script().args(words)).map(drop)
}

/// What a command that must succeed has said.
pub(crate) fn answer(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output()?;
    let (said, complained) = (String::from_utf8(output.stdout)?, String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "{command:?}: {}: {said}{complained}", output.status);
    Ok(said)
}
