//! Who may read the clock that somebody can set. Whatever runs out, or is waited for, goes by clocks that only go forward, so that
//! it does not matter when that one jumps.

use crate::repository::{expect_none, sources, text};

/// Each with what it is for.
const MAY_READ: &[(&str, &str)] = &[
    ("homie-gateway/src/pairing.rs", "when a device was let in, for people"),
    ("homie-gateway/src/public/keeper.rs", "whether a certificate is over: its authority tells that by this clock"),
    ("homie-gateway/src/mesh/follow.rs", "when a machine was last there, for people"),
    ("homie-holder/src/clock.rs", "when a session began, printed and ended, for people"),
    ("homie-node/src/clock.rs", "the same, and how many days old what is over may become"),
    ("homie-trust/src/attendance.rs", "when a device was last here, for people"),
    ("homie-trust/src/audit.rs", "when it happened, for people"),
    ("homie-trust/src/cloned_file.rs", "when another machine with the same key was last heard of, for people"),
    ("homie-trust/src/roster.rs", "when it was signed, for people"),
    ("homie-trust/src/tailnet.rs", "whether a machine's key has expired: its control server tells that by this clock"),
    ("homie/src/doctor/gather.rs", "whether that clock is kept, which is the question there"),
    ("homie/src/listing.rs", "how long ago it was, for people"),
    ("web/src/app/useSilence.ts", "whether a hint is shown; the next look puts it right"),
    ("web/src/browser/platform.ts", "the client's clock, whose every jump counts as sleep"),
    ("web/src/devices/DeviceRow.tsx", "how long ago a device was here, for people"),
    ("web/src/machines/MachineHead.tsx", "how long ago a machine was there, for people"),
    ("web/src/machines/MachineSheet.tsx", "the same"),
];

const READING: &[&str] = &["SystemTime::now", "Utc::now", "Local::now", "ClockId::Realtime", "Date.now", "new Date()"];

#[test]
fn only_what_people_read_goes_by_the_clock_that_can_be_set() {
    let ours = sources("", &[".rs", ".ts", ".tsx"]).into_iter().filter(|path| is_shipped(path));
    let reads = |path: &&str| READING.iter().any(|word| text(path).contains(word));
    let found: Vec<&str> = ours.filter(reads).collect();
    let may = |path: &&&str| MAY_READ.iter().any(|(known, _)| known == *path);
    let mut complaints: Vec<String> = found
        .iter()
        .filter(|path| !may(path))
        .map(|path| format!("{path} reads the clock that somebody can set"))
        .collect();
    let gone = MAY_READ.iter().filter(|(known, _)| !found.contains(known));
    complaints.extend(gone.map(|(known, _)| format!("{known} does not read it any more")));
    expect_none(&complaints);
}

/// What runs at people's, unlike tests and figures.
fn is_shipped(path: &str) -> bool {
    let mut folders = path.split('/');
    let is_other = matches!(folders.clone().next(), Some("tests" | "bench" | "fuzz"));
    !is_other && folders.any(|folder| folder == "src")
}
