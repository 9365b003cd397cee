//! Who is measured when: each sweep gives every scene to one subject after the other, so that whatever disturbs the machine
//! disturbs all alike.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::options::Options;
use crate::report::Report;
use crate::row::{Figure, Row};
use crate::scene::{Scene, Set};
use crate::stage::Stage;
use crate::subject::SubjectName;
use crate::tailnet::place;

/// Runs all sweeps, then tells what came of them. It fails if a row that was wanted has no figure at all.
pub(crate) fn sweeps(options: &Options, folder: &Path) -> anyhow::Result<ExitCode> {
    if let Some(far) = options.subjects().into_iter().find(|subject| subject.is_far() && place().is_none()) {
        bail!("{} is measured over a tailnet: scripts/bench --lab", far.name());
    }
    if let Some(beyond) = options.subjects().into_iter().find(|subject| subject.is_of_mesh() && !options.mesh) {
        bail!("{} is measured in a network of its own: scripts/bench --mesh", beyond.name());
    }
    if options.mesh && place().is_some() {
        bail!("--mesh and --lab are two runs: each has networks of its own");
    }
    let stage = Stage::build(folder)?;
    let mut report = Report::default();
    let begun = Instant::now();
    for sweep in 1..=options.reps {
        for scene in Scene::ALL {
            for subject in options.subjects() {
                let rows = wanted(options, scene, subject);
                if !rows.is_empty() {
                    eprintln!("{:5.0} s  sweep {sweep}  {scene:?}  {}", begun.elapsed().as_secs_f64(), subject.name());
                    report.expect(subject, &rows);
                    report.add(subject, &rows, &figures(options, &stage, scene, subject, rows.clone()));
                }
            }
        }
    }
    print!("{}", report.table());
    if let Some(path) = &options.json {
        fs::write(path, report.json()?)?;
    }
    Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn wanted(options: &Options, scene: Scene, subject: SubjectName) -> Vec<Row> {
    let rows = scene.rows().iter().copied();
    rows.filter(|row| options.wants(*row) && subject.has(*row)).collect()
}

/// One scene with one subject. A failure is told, and the sweeps go on without its figures.
fn figures(options: &Options, stage: &Stage, scene: Scene, subject: SubjectName, rows: Vec<Row>) -> Vec<Figure> {
    let folder = stage.path("subject");
    let played = (|| {
        fs::create_dir(&folder)?;
        let server = subject.start(stage, &folder)?;
        let Options { keys, clients, machines, .. } = *options;
        scene.play(&mut Set { stage, server, flood: Duration::from_secs(options.flood), keys, clients, machines, rows })
    })();
    let cleared = fs::remove_dir_all(&folder);
    if let Err(error) = cleared {
        eprintln!("bench: {}: {error}", folder.display());
    }
    played.unwrap_or_else(|error: anyhow::Error| {
        eprintln!("bench: {}, {scene:?}: {error:#}", subject.name());
        Vec::new()
    })
}
