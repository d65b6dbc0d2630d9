//! A schema of the API document as a tree that people can read.

use serde_json::Value;

/// What a value looks like.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// `string`, `integer`, `object` …; a list's with `[]` behind it.
    pub kind: String,
    /// It may be absent, or null.
    pub optional: bool,
    /// What is said of it.
    pub about: String,
    /// Of an object, in the document's order.
    pub members: Vec<(String, Shape)>,
}

impl Shape {
    /// Reads a schema of `document`.
    pub fn of(document: &Value, schema: &Value) -> Self {
        let about = text(&schema["description"]);
        let shape = if let Some(name) = schema["$ref"].as_str() {
            let name = name.trim_start_matches("#/components/schemas/");
            Self { about: String::new(), ..Self::of(document, &document["components"]["schemas"][name]) }
        } else if let Some(parts) = schema["allOf"].as_array() {
            parts.iter().map(|part| Self::of(document, part)).fold(Self::default(), Self::and)
        } else if let Some(forms) = schema["oneOf"].as_array() {
            one_of(document, forms)
        } else {
            Self::plain(document, schema)
        };
        Self { about: if about.is_empty() { shape.about.clone() } else { about }, ..shape }
    }

    fn plain(document: &Value, schema: &Value) -> Self {
        let kinds: Vec<_> = match &schema["type"] {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            kind => kind.as_str().into_iter().collect(),
        };
        let optional = kinds.contains(&"null");
        let kind = kinds.into_iter().find(|kind| *kind != "null").unwrap_or("any");
        if kind == "array" {
            let item = Self::of(document, &schema["items"]);
            return Self { kind: format!("{}[]", item.kind), optional, about: String::new(), members: item.members };
        }
        let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
        let member = |(name, schema): (&String, &Value)| {
            let shape = Self::of(document, schema);
            (name.clone(), Self { optional: shape.optional || !required(name), ..shape })
        };
        let mut members: Vec<_> = schema["properties"].as_object().into_iter().flatten().map(member).collect();
        if schema["additionalProperties"].is_object() {
            members.push(("{}".to_owned(), Self::of(document, &schema["additionalProperties"])));
        }
        Self { kind: kind.to_owned(), optional, about: String::new(), members }
    }

    /// Both at once.
    fn and(self, other: Self) -> Self {
        let kind = if self.kind.is_empty() { other.kind } else { self.kind };
        let more = other.members.into_iter().map(|(name, shape)| (name, Self { optional: shape.optional || other.optional, ..shape }));
        let mut members = self.members;
        for (name, shape) in more {
            if !members.iter().any(|(known, _)| *known == name) {
                members.push((name, shape));
            }
        }
        Self { kind, optional: false, about: self.about, members }
    }

    /// One or the other: what is not in both may be absent.
    fn or(self, other: &Self) -> Self {
        let kind = if self.kind == other.kind { self.kind } else { format!("{} or {}", self.kind, other.kind) };
        let in_other = |name: &str| other.members.iter().find(|(known, _)| known == name).map(|(_, shape)| shape);
        let joined = |(name, shape): (String, Self)| match in_other(&name) {
            Some(second) => (name, shape.beside(second)),
            None => (name, Self { optional: true, ..shape }),
        };
        let new: Vec<_> = other.members.iter().filter(|(name, _)| !self.members.iter().any(|(known, _)| known == name)).cloned().collect();
        let mut members: Vec<_> = self.members.into_iter().map(joined).collect();
        members.extend(new.into_iter().map(|(name, shape)| (name, Self { optional: true, ..shape })));
        Self { kind, optional: self.optional || other.optional, about: String::new(), members }
    }

    /// The same member of two forms.
    fn beside(self, other: &Self) -> Self {
        let plain = |about: &str| about.trim_end_matches('.').to_owned();
        let about = match (&*self.about, &*other.about) {
            (one, "") => one.to_owned(),
            ("", two) => two.to_owned(),
            (one, two) if plain(one).contains(&plain(two)) => one.to_owned(),
            (one, two) => format!("{} or {}.", plain(one), plain(two)),
        };
        Self { about, optional: self.optional || other.optional, ..self.or(other) }
    }

    /// A line for it and each member, indented.
    pub fn lines(&self, name: &str, depth: usize, into: &mut Vec<String>) {
        let about = self.about.split_whitespace().collect::<Vec<_>>().join(" ");
        let about = if about.is_empty() { about } else { format!("  # {about}") };
        into.push(format!("{}{name}{}: {}{about}", "  ".repeat(depth), if self.optional { "?" } else { "" }, self.kind));
        self.members.iter().for_each(|(name, shape)| shape.lines(name, depth + 1, into));
    }
}

fn one_of(document: &Value, forms: &[Value]) -> Shape {
    let is_null = |form: &&Value| form["type"] == "null";
    let optional = forms.iter().any(|form| is_null(&form));
    let shapes = forms.iter().filter(|form| !is_null(form)).map(|form| Shape { about: String::new(), ..Shape::of(document, form) });
    let shape = shapes.reduce(|one, other| one.or(&other)).unwrap_or_default();
    Shape { optional: optional || shape.optional, ..shape }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
