//! Collects every type of the wire for the generator. Never part of a program we ship.

use std::collections::BTreeMap;

use ts_rs::{Config, TS, TypeVisitor};

use crate::event::Topic;
use crate::method::MethodRow;
use crate::{control, event, hello, holder, methods, roster};

/// A method with the names of its types.
#[derive(Debug, Clone)]
pub struct MethodTypes {
    /// Its row.
    pub row: MethodRow,
    /// Its parameters, as TypeScript.
    pub params: String,
    /// Its result, as TypeScript.
    pub output: String,
}

/// A topic with the name of its type.
#[derive(Debug, Clone)]
pub struct TopicType {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Its data, as TypeScript.
    pub data: String,
}

/// Everything the generator writes down.
pub struct Export {
    config: Config,
    /// Declarations by name.
    pub types: BTreeMap<String, String>,
    /// Methods in the order of the table.
    pub methods: Vec<MethodTypes>,
    /// Topics in the order of the table.
    pub topics: Vec<TopicType>,
}

impl Export {
    /// All of the wire.
    pub fn all() -> Self {
        let config = Config::new().with_large_int("number");
        let mut export = Self { config, types: BTreeMap::new(), methods: Vec::new(), topics: Vec::new() };
        methods::typescript(&mut export);
        event::typescript(&mut export);
        export.declare::<hello::Hello>();
        export.declare::<hello::Welcome>();
        export.declare::<hello::Prove>();
        export.declare::<hello::Ready>();
        export.declare::<roster::Entry>();
        export.declare::<roster::RosterOffer>();
        export.declare::<roster::SignedEntry>();
        export.declare::<control::Empty>();
        export.declare::<holder::ToHolder>();
        export.declare::<holder::FromHolder>();
        export
    }

    /// Adds a method and its types.
    pub fn method<P: TS + 'static, O: TS + 'static>(&mut self, row: MethodRow) {
        self.declare::<P>();
        self.declare::<O>();
        self.methods.push(MethodTypes { row, params: P::name(&self.config), output: O::name(&self.config) });
    }

    /// Adds a topic and its type.
    pub fn topic<T: Topic + TS + 'static>(&mut self, name: &'static str, doc: &'static str) {
        self.declare::<T>();
        self.topics.push(TopicType { name, doc, data: T::name(&self.config) });
    }

    fn declare<T: TS + 'static + ?Sized>(&mut self) {
        // Numbers, texts, lists and maps have no declaration, and some have no name either.
        if T::output_path().is_none() {
            return;
        }
        let name = T::ident(&self.config);
        if self.types.contains_key(&name) {
            return;
        }
        let docs = T::docs().unwrap_or_default();
        self.types.insert(name, format!("{docs}export {}", T::decl(&self.config)));
        T::visit_dependencies(self);
    }
}

impl TypeVisitor for Export {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        self.declare::<T>();
        T::visit_generics(self);
    }
}
