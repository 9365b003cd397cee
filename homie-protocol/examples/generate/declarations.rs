//! `types.ts`: every type of the wire, sorted by name.

use homie_protocol::typescript::Export;

use super::{HEAD, comment};

/// Codes have a table of their own, which declares the type.
const CODE: &str = "Code";

/// The whole file.
pub(super) fn file(export: &Export) -> String {
    let types = export.types.iter().filter(|(name, _)| *name != CODE);
    let declarations: Vec<String> = types.map(|(_, declaration)| tidy(declaration)).collect();
    let codes = "import type { Code } from \"./codes.ts\";\n\nexport type { Code };\n";
    format!("{HEAD}\n{codes}\n{}", declarations.join("\n"))
}

/// One declaration, a field a line, as a person would have written it.
pub(super) fn tidy(declaration: &str) -> String {
    let mut lines = Vec::new();
    let mut doc = Vec::new();
    let mut indent = "";
    for line in declaration.lines().map(str::trim) {
        if let Some(sentence) = line.strip_prefix("* ") {
            doc.push(sentence);
        } else if line == "*/" {
            lines.push(comment(&doc.join("\n"), indent));
            doc.clear();
        } else if line.ends_with('{') {
            lines.push(format!("{line}\n"));
            indent = "  ";
        } else if let Some(field) = line.strip_suffix(", };") {
            lines.push(format!("{indent}{field};\n}};\n"));
        } else if let Some(field) = line.strip_suffix(',') {
            lines.push(format!("{indent}{field};\n"));
        } else if line != "/**" {
            lines.push(choices(line));
        }
    }
    lines.concat()
}

/// A type on one line, or each of its choices on one of its own.
fn choices(line: &str) -> String {
    if line.len() <= 110 {
        return format!("{line}\n");
    }
    format!("{}\n", line.replacen(" = ", "\n  = ", 1).replace(" | ", "\n  | "))
}
