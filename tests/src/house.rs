//! One machine in this process: node and gateway as `homie up` has them, meeting on `mesh.sock`. Its holders are real
//! processes, as always.

use std::sync::Arc;

use anyhow::Context;
use homie_gateway::{Gateway, GatewayConfig, Page};
use homie_node::{HISTORY_MEMORY, HolderProgram, Node, NodeConfig, RecordingLimits};

use crate::machine::{Machine, binary};

/// Node and gateway of one machine.
pub struct House {
    /// The machine they live on.
    pub machine: Machine,
    /// Its gateway.
    pub gateway: Gateway,
    node: Node,
}

impl House {
    /// Starts both.
    pub async fn start() -> anyhow::Result<Self> {
        let machine = Machine::new()?;
        let state = machine.state()?;
        let spawn = Arc::new(HolderProgram::of(binary("homie")?));
        let (name, history_memory, recordings) = ("house".to_owned(), HISTORY_MEMORY, RecordingLimits::default());
        let config = NodeConfig {
            state: state.clone(),
            name,
            tags: Vec::new(),
            spawn,
            history_memory,
            recordings,
            tailnet: None,
            keyed: None,
            public: None,
        };
        let node = Node::start(config).await?;
        let page = Page::of(&[]);
        let gateway = Gateway::start(GatewayConfig::on_loopback(state, "house", page)).await?;
        Ok(Self { machine, gateway, node })
    }

    /// The secret of a fresh one-use link.
    pub fn link_secret(&self) -> anyhow::Result<String> {
        let link = self.gateway.link()?;
        let (_, secret) = link.split_once("#link=").context("a link without a secret")?;
        Ok(secret.to_owned())
    }

    /// Stops both; shells go on until the machine is dropped.
    pub async fn stop(self) -> Machine {
        self.gateway.stop().await;
        self.node.stop().await;
        self.machine
    }
}
