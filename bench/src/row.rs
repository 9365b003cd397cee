//! What is measured, in which unit, and whether more is better.

use clap::ValueEnum;

/// A row of the table. Its name on the command line and in the JSON is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Row {
    EchoIdle,
    EchoFlood,
    Bulk,
    Cpu,
    CtrlcFast,
    CtrlcSlow,
    #[value(name = "attach_10k")]
    Attach10k,
    #[value(name = "attach_100k")]
    Attach100k,
    Stalled,
    MemIdle,
    MemUsed,
    Fanout,
    Start64,
    Adopt64,
    FirstScreen,
    KeyLink,
    CtrlcLink,
    FlowLink,
    Revoke,
    LsCold,
    AttachCold,
    Failover,
    GatewayMem,
    MeshFull,
    MeshCpu,
    MeshMem,
}

impl Row {
    /// Its name.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Whether it tells something of a tailnet.
    pub(crate) const fn is_of_tailnet(self) -> bool {
        self.is_of_link() || matches!(self, Self::FirstScreen | Self::EchoIdle | Self::Bulk | Self::Revoke)
    }

    /// Whether it is about links that carry little.
    pub(crate) const fn is_of_link(self) -> bool {
        matches!(self, Self::KeyLink | Self::CtrlcLink | Self::FlowLink)
    }

    /// The unit of its figures.
    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::EchoIdle | Self::EchoFlood => "µs",
            Self::Bulk | Self::Fanout => "MB/s",
            Self::Cpu => "s/GB",
            Self::MeshCpu => "s",
            Self::FlowLink => "KB/s",
            Self::Stalled | Self::GatewayMem | Self::MeshMem => "MB",
            Self::MemIdle | Self::MemUsed => "KB",
            Self::CtrlcFast
            | Self::CtrlcSlow
            | Self::KeyLink
            | Self::CtrlcLink
            | Self::LsCold
            | Self::AttachCold
            | Self::Failover
            | Self::MeshFull
            | Self::Attach10k
            | Self::Attach100k
            | Self::FirstScreen
            | Self::Revoke
            | Self::Start64
            | Self::Adopt64 => "ms",
        }
    }
}

/// One figure of one sweep. `detail` is what the table tells beside the row's own figure: a percentile, another number of
/// sessions. The JSON has rows alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figure {
    pub(crate) row: Row,
    pub(crate) detail: Option<&'static str>,
    pub(crate) value: f64,
}

impl Figure {
    pub(crate) const fn of(row: Row, value: f64) -> Self {
        Self { row, detail: None, value }
    }

    pub(crate) const fn detail(row: Row, detail: &'static str, value: f64) -> Self {
        Self { row, detail: Some(detail), value }
    }
}
