//! `homie doctor`: looks at what keeps people from their shells, or lets in others, and says of each thing that is wrong what
//! it is, why it matters, and the one command that helps.
//!
//! `gather` looks, and changes nothing; `facts` is what it has seen; `checks` are pure; `mend` does what is safe.

mod checks;
mod facts;
mod finding;
mod gather;
mod mend;

use serde::Serialize;

use crate::cli::DoctorOptions;
use crate::here;
use crate::outcome::{Failure, Outcome, say, say_json};
use checks::check;
use facts::Facts;
use finding::{Finding, Look};

/// What programs are told. Its fields only ever become more; docs/tailnet.md lists the ids.
#[derive(Debug, Serialize)]
struct Report {
    version: &'static str,
    /// What is wrong, now.
    findings: Vec<Finding>,
    /// What `--fix` has mended.
    mended: Vec<Finding>,
    /// What `--fix` could not mend, and why.
    unmended: Vec<String>,
    /// What was looked at, in words.
    looked_at: Vec<Look>,
}

/// Looks, mends if asked to, and tells.
pub(crate) fn doctor(options: &DoctorOptions) -> Outcome {
    let runtime = here::runtime()?;
    let report = runtime.block_on(examine(options.fix))?;
    // A thread may still wait for a key store that never answers.
    runtime.shutdown_background();
    if options.json {
        say_json(&report)?;
    } else {
        report.lines().iter().for_each(|line| say(line));
    }
    if report.findings.is_empty() { Ok(()) } else { Err(Failure::Code(1)) }
}

async fn examine(is_to_mend: bool) -> anyhow::Result<Report> {
    let mut facts = gather::gather().await?;
    let (mut mended, mut unmended) = (Vec::new(), Vec::new());
    if is_to_mend {
        for finding in check(&facts) {
            match mend::mend(&finding) {
                Some(Ok(())) => mended.push(finding),
                Some(Err(words)) => unmended.push(words),
                None => {}
            }
        }
        facts = gather::gather().await?;
    }
    Ok(Report::of(&facts, mended, unmended))
}

impl Report {
    fn of(facts: &Facts, mended: Vec<Finding>, unmended: Vec<String>) -> Self {
        let (findings, looked_at) = (check(facts), checks::looks(facts));
        Self { version: env!("CARGO_PKG_VERSION"), findings, mended, unmended, looked_at }
    }

    fn lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.mended.iter().map(|finding| format!("Mended: {}", finding.what)).collect();
        lines.extend(self.unmended.iter().map(|words| format!("Not mended: {words}")));
        for finding in &self.findings {
            lines.extend([finding.what.clone(), format!("  why  {}", finding.why), format!("  fix  {}", finding.fix)]);
        }
        lines.push(self.summary());
        lines.extend(self.looked_at.iter().map(|look| format!("  {:<10} {}", look.about, look.found)));
        lines
    }

    fn summary(&self) -> String {
        let (all, safe) = (self.findings.len(), self.findings.iter().filter(|finding| finding.fixable).count());
        match (all, safe) {
            (0, _) => "Nothing is wrong. Looked at:".to_owned(),
            (_, 0) => format!("Found: {all}. Looked at:"),
            _ => format!("Found: {all}, of which `homie doctor --fix` mends {safe}. Looked at:"),
        }
    }
}
