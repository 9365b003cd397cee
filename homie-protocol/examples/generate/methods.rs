//! `methods.ts`: what each method takes and gives, its row in the table, and the topics of events.

use homie_protocol::typescript::{Export, MethodTypes};

use super::{HEAD, Outcome, comment, name_of};

/// The whole file.
pub(super) fn file(export: &Export) -> Outcome<String> {
    let rows: Vec<String> = export.methods.iter().map(row).collect::<Outcome<_>>()?;
    Ok([
        HEAD.to_owned(),
        format!("import type {{ {} }} from \"./types.ts\";\n", imports(export).join(", ")),
        format!(
            "/** What each method takes and gives. */\nexport interface Methods {{\n{}}}\n",
            export.methods.iter().map(entry).collect::<String>()
        ),
        ROW.to_owned(),
        format!(
            "/** The closed table: what is not here is not served. */\nexport const METHODS = {{\n{}}} as const satisfies {{ readonly [M in keyof Methods]: MethodRow }};\n",
            rows.concat()
        ),
        topics(export),
    ]
    .join("\n"))
}

const ROW: &str = "/** A row of the table of methods. */
export interface MethodRow {
  readonly name: keyof Methods;
  /** The least role that may call it. */
  readonly scope: Role;
  /** Who serves it. */
  readonly server: Service | \"both\";
  /** The version it came with. */
  readonly since: number;
  /** Whether it creates or acts, and so needs a request key. */
  readonly keyed: boolean;
}
";

fn imports(export: &Export) -> Vec<String> {
    let types = export.methods.iter().flat_map(|method| [method.params.clone(), method.output.clone()]);
    let data = export.topics.iter().map(|topic| topic.data.clone());
    let mut names: Vec<String> = types.chain(data).chain(["Role".to_owned(), "Service".to_owned()]).collect();
    names.sort();
    names.dedup();
    names
}

fn entry(method: &MethodTypes) -> String {
    let doc = comment(method.row.doc, "  ");
    format!("{doc}  {:?}: {{ params: {}; result: {} }};\n", method.row.name, method.params, method.output)
}

fn row(method: &MethodTypes) -> Outcome<String> {
    let row = method.row;
    let (scope, server) = (name_of(row.scope)?, name_of(row.server)?);
    Ok(format!(
        "  {name:?}: {{ name: {name:?}, scope: {scope:?}, server: {server:?}, since: {since}, keyed: {keyed} }},\n",
        name = row.name,
        since = row.since,
        keyed = row.keyed,
    ))
}

fn topics(export: &Export) -> String {
    let entry = |topic: &homie_protocol::typescript::TopicType| {
        format!("{}  {:?}: {};\n", comment(topic.doc, "  "), topic.name, topic.data)
    };
    let entries: String = export.topics.iter().map(entry).collect();
    let names: Vec<String> = export.topics.iter().map(|topic| format!("  {:?},\n", topic.name)).collect();
    format!(
        "/** What each event carries. */\nexport interface Topics {{\n{entries}}}\n\n/** Every topic. */\nexport const TOPICS = [\n{}] as const satisfies readonly (keyof Topics)[];\n",
        names.concat()
    )
}
