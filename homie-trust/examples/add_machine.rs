//! `add_machine NAME ORIGIN…`: puts a machine with these origins into the roster of `HOMIE_HOME`, for tests of what a page is
//! told. Its key is nobody's.

use std::error::Error;
use std::path::Path;

use homie_trust::{KeyPair, Roster, StateDir};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or("add_machine NAME ORIGIN…")?;
    let origins: Vec<String> = arguments.collect();
    let home = std::env::var_os("HOMIE_HOME").ok_or("HOMIE_HOME says where")?;
    let roster = Roster::open(&StateDir::open(Path::new(&home))?, &name)?;
    roster.tell_machine(KeyPair::generate()?.machine_key(), &name, Some(&origins))?;
    Ok(())
}
