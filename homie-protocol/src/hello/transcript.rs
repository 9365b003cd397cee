//! The bytes both sides sign. They are final: a change here locks out every device there is.

use super::{Hello, MachineKey, Nonce, Service, Welcome};
use crate::id::DeviceId;
use crate::parts::joined;
use crate::version::Versions;

/// The first part of every transcript.
const LABEL: &str = "homie-hello-v1";

/// Who signs, and to whom it speaks: a signature for one is worth nothing to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// A node proves itself.
    Node,
    /// A gateway proves itself.
    Gateway,
    /// A client proves itself to a node.
    ClientOfNode,
    /// A client proves itself to a gateway.
    ClientOfGateway,
}

impl Side {
    /// How a service signs, and how a client signs to it.
    pub const fn of(service: Service) -> (Self, Self) {
        match service {
            Service::Node => (Self::Node, Self::ClientOfNode),
            Service::Gateway => (Self::Gateway, Self::ClientOfGateway),
        }
    }

    /// As it stands in the transcript.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Gateway => "gateway",
            Self::ClientOfNode => "client-of-node",
            Self::ClientOfGateway => "client-of-gateway",
        }
    }
}

/// Everything a signature of the greeting covers, besides the side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transcript<'a> {
    /// The server's key.
    pub server: &'a MachineKey,
    /// The client's device, if it named one.
    pub device: Option<&'a DeviceId>,
    /// The client's nonce.
    pub client_nonce: &'a Nonce,
    /// The server's nonce.
    pub server_nonce: &'a Nonce,
    /// What the client speaks.
    pub client_versions: Versions,
    /// What the server speaks.
    pub server_versions: Versions,
    /// What they agreed on.
    pub version: u16,
    /// The authority the client dialled.
    pub host: &'a str,
    /// The page's origin.
    pub origin: Option<&'a str>,
    /// The TLS exporter, where both ends see the same TLS.
    pub exporter: Option<&'a [u8]>,
}

impl<'a> Transcript<'a> {
    /// What these two messages agree on, where nobody shares TLS with the other end.
    pub fn of(hello: &'a Hello, welcome: &'a Welcome) -> Self {
        Self {
            server: &welcome.key,
            device: hello.device.as_ref().map(|device| &device.id),
            client_nonce: &hello.nonce,
            server_nonce: &welcome.nonce,
            client_versions: hello.versions,
            server_versions: welcome.versions,
            version: welcome.version,
            host: &hello.host,
            origin: hello.origin.as_deref(),
            exporter: None,
        }
    }

    /// The bytes to sign: each part behind its length in two bytes.
    pub fn bytes(&self, side: Side) -> Vec<u8> {
        let parts: [&[u8]; 11] = [
            LABEL.as_bytes(),
            side.name().as_bytes(),
            &self.server.0,
            self.device.map_or(&[], |device| device.as_bytes()),
            &self.client_nonce.0,
            &self.server_nonce.0,
            &range(self.client_versions),
            &range(self.server_versions),
            &self.version.to_be_bytes(),
            self.host.as_bytes(),
            self.origin.unwrap_or_default().as_bytes(),
        ];
        joined(parts.into_iter().chain([self.exporter.unwrap_or_default()]))
    }
}

fn range(versions: Versions) -> [u8; 4] {
    let [min0, min1] = versions.min.to_be_bytes();
    let [max0, max1] = versions.max.to_be_bytes();
    [min0, min1, max0, max1]
}
