//! Types of the API, as people read them: JSON Schema to tables.

use maud::{Markup, html};
use serde_json::Value;

use super::prose::inline;

/// Where the description has its named types.
const SCHEMAS: &str = "#/components/schemas/";

/// A named type.
pub(super) fn type_section(name: &str, schema: &Value) -> Markup {
    let id = format!("type-{name}");
    html! {
        section.type aria-labelledby=(id) {
            h3 id=(id) { code { (name) } }
            @if let Some(description) = schema["description"].as_str() { p { (inline(description)) } }
            (content(schema, &id))
        }
    }
}

/// What a type is made of.
fn content(schema: &Value, id: &str) -> Markup {
    let fields: Vec<(&String, &Value)> = schema["properties"].as_object().into_iter().flatten().collect();
    let variants = list(&schema["oneOf"]);
    let variants = if variants.is_empty() { list(&schema["anyOf"]) } else { variants };
    html! {
        @if !fields.is_empty() { (fields_table(schema, &fields, id)) }
        @if !variants.is_empty() {
            dl.answers { @for variant in variants { (one_of(variant)) } }
        }
        @if fields.is_empty() && variants.is_empty() { p { (kind(schema)) } }
    }
}

fn fields_table(schema: &Value, fields: &[(&String, &Value)], id: &str) -> Markup {
    let required = list(&schema["required"]);
    html! {
        div.wide tabindex="0" role="region" aria-labelledby=(id) {
            table {
                thead { tr { th scope="col" { "Field" } th scope="col" { "Type" } th scope="col" { "Is" } } }
                tbody {
                    @for (name, field) in fields {
                        tr {
                            td { code { (name) } @if required.iter().any(|one| one == *name) { " " span.hint { "needed" } } }
                            td { (kind(field)) }
                            td { @if let Some(description) = field["description"].as_str() { (inline(description)) } }
                        }
                    }
                }
            }
        }
    }
}

/// One of the forms that a value can have.
fn one_of(variant: &Value) -> Markup {
    let tag = variant["properties"].as_object().into_iter().flatten().find(|(_, field)| field.get("const").is_some());
    html! {
        dt {
            @match tag {
                Some((name, field)) => code { (name) ": " (field["const"]) },
                None => (kind(variant)),
            }
        }
        dd {
            @if let Some(description) = variant["description"].as_str() { (inline(description)) }
            @if tag.is_some() { @for part in list(&variant["allOf"]) { " " (kind(part)) } }
        }
    }
}

/// A type in a few words.
pub(super) fn kind(schema: &Value) -> Markup {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix(SCHEMAS)) {
        return html! { a href={ "#type-" (name) } { code { (name) } } };
    }
    if let Some(value) = schema.get("const") {
        return html! { code { (value) } };
    }
    let parts: Vec<&Value> = ["anyOf", "oneOf", "allOf"].iter().flat_map(|name| list(&schema[*name])).collect();
    let parts: Vec<&Value> = parts.into_iter().filter(|part| part["type"] != "null").collect();
    if !parts.is_empty() {
        return html! { @for (position, part) in parts.iter().enumerate() { @if position > 0 { " or " } (kind(part)) } };
    }
    if !list(&schema["enum"]).is_empty() {
        return html! { @for (position, value) in list(&schema["enum"]).iter().enumerate() { @if position > 0 { ", " } code { (value) } } };
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        other => other.as_str(),
    };
    match types {
        Some("array") if schema["prefixItems"].is_array() => html! { "list of " (list(&schema["prefixItems"]).len()) },
        Some("array") => html! { "list of " (kind(&schema["items"])) },
        Some("object") if schema["additionalProperties"].is_object() => {
            html! { "by name, " (kind(&schema["additionalProperties"])) }
        }
        Some("integer") => html! { "whole number" },
        Some("boolean") => html! { code { "true" } " or " code { "false" } },
        Some("string") => html! { "text" },
        Some(other) => html! { (other) },
        None => html! { "any value" },
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(schema: &Value, expected: &str) {
        assert_eq!(kind(schema).into_string(), expected);
    }

    #[test]
    fn types_are_said_in_words() {
        check(&json!({ "type": ["string", "null"] }), "text");
        check(&json!({ "type": "array", "items": { "type": "integer" } }), "list of whole number");
        let link = "<a href=\"#type-Fuel\"><code>Fuel</code></a>";
        check(&json!({ "anyOf": [{ "$ref": "#/components/schemas/Fuel" }, { "type": "null" }] }), link);
        check(&json!({ "allOf": [{ "$ref": "#/components/schemas/Fuel" }], "default": {} }), link);
        check(&json!({ "type": "object", "additionalProperties": { "type": "string" } }), "by name, text");
        check(&json!({ "const": "assert" }), "<code>&quot;assert&quot;</code>");
        check(&json!({}), "any value");
    }
}
