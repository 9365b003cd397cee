//! `homie config`: every setting, as a file that says the same.

use serde_json::{Map, Value, json};

use crate::cli::ConfigOptions;
use crate::home;
use crate::outcome::{Outcome, say, say_json};
use crate::settings::{Key, Settings};

/// Prints them.
pub(crate) fn config(options: &ConfigOptions) -> Outcome {
    let (path, settings) = (home::settings_path()?, Settings::read()?);
    if options.json {
        let keys: Map<String, Value> = settings.keys().iter().map(as_json).collect();
        return say_json(&json!({ "path": path, "settings": keys }));
    }
    say(&format!("# {}", path.display()));
    say("# A line that begins with # is what holds where the file says nothing.");
    for key in &settings.keys() {
        say(&format!("\n# {}", key.about));
        let mark = if key.is_set { "" } else { "# " };
        say(&format!("{mark}{} = {}", key.name, key.value));
    }
    Ok(())
}

fn as_json(key: &Key) -> (String, Value) {
    (key.name.to_owned(), json!({ "value": key.value, "set": key.is_set, "about": key.about }))
}
