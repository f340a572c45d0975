//! Chat templates: the Jinja that models bring along, rendered as their makers render it.

use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind, context};
use minijinja_contrib::pycompat::unknown_method_callback;
use proofhouse_types::Thinking;

/// Steps that a template may take. The longest known ones take some thousand for two messages.
const MOST_STEPS: u64 = 1_000_000;

/// A model's chat template.
pub(super) struct Template {
    environment: Environment<'static>,
    source: String,
}

impl Template {
    /// Reads a template. `start` and `end` are the texts of the model's own marks.
    pub(super) fn new(source: String, start: &str, end: &str) -> Result<Template, Error> {
        let mut environment = Environment::new();
        // As Hugging Face's `apply_chat_template` and llama.cpp have it.
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        environment.set_unknown_method_callback(unknown_method_callback);
        environment.set_fuel(Some(MOST_STEPS));
        environment.add_function("raise_exception", |message: String| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, message))
        });
        environment.add_function("strftime_now", |format: String| date(&format));
        environment.add_global("bos_token", start);
        environment.add_global("eos_token", end);
        environment.template_from_str(&source)?;
        Ok(Template { environment, source })
    }

    /// The prompt for a message, up to where the reply begins.
    pub(super) fn render(&self, system: Option<&str>, user: &str, thinking: Thinking) -> Result<String, Error> {
        let user_alone = |content: &str| vec![context! { role => "user", content }];
        let Some(system) = system else { return self.render_messages(user_alone(user), thinking) };
        let mut both = vec![context! { role => "system", content => system }];
        both.extend(user_alone(user));
        match self.render_messages(both, thinking) {
            Ok(rendered) if rendered.contains(system.trim()) => Ok(rendered),
            // Templates without a place for it refuse it or leave it out. llama.cpp does the same.
            Ok(_) | Err(_) => self.render_messages(user_alone(&format!("{system}\n{user}")), thinking),
        }
    }

    fn render_messages(&self, messages: Vec<Value>, thinking: Thinking) -> Result<String, Error> {
        let enable_thinking = match thinking {
            // Not defined, so that the template's own default holds.
            Thinking::Default => Value::UNDEFINED,
            Thinking::On => Value::from(true),
            Thinking::Off => Value::from(false),
        };
        let tools = Value::from(());
        let variables = context! { messages, enable_thinking, tools, add_generation_prompt => true };
        self.environment.render_str(&self.source, variables)
    }
}

/// The date of every prompt, so that the same question is the same prompt each day: Thursday, 1 January 2026, 00:00, where the
/// sandbox's clock starts, too.
fn date(format: &str) -> String {
    const PARTS: [(&str, &str); 14] = [
        ("%Y", "2026"),
        ("%y", "26"),
        ("%m", "01"),
        ("%d", "01"),
        ("%-d", "1"),
        ("%e", " 1"),
        ("%B", "January"),
        ("%b", "Jan"),
        ("%A", "Thursday"),
        ("%a", "Thu"),
        ("%H", "00"),
        ("%I", "12"),
        ("%M", "00"),
        ("%S", "00"),
    ];
    PARTS.iter().fold(format.to_owned(), |text, (part, value)| text.replace(part, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(source: &str, system: Option<&str>, thinking: Thinking) -> Result<String, Error> {
        Template::new(source.to_owned(), "<s>", "</s>")?.render(system, "Hi", thinking)
    }

    fn check(source: &str, system: Option<&str>, expected: &str) {
        assert_eq!(render(source, system, Thinking::Default).unwrap(), expected, "{source}");
    }

    const CHATML: &str = "{% for message in messages %}
    {{- '<|im_start|>' + message.role + '\n' + message['content'].strip() + '<|im_end|>' }}
{% endfor %}
{% if add_generation_prompt %}
{{ '<|im_start|>assistant\n' }}
{%- endif %}";

    #[test]
    fn blanks_around_blocks_are_those_of_hugging_face() {
        check(CHATML, None, "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
        let with_system =
            "<|im_start|>system\nBe terse<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n";
        check(CHATML, Some("Be terse"), with_system);
    }

    #[test]
    fn what_templates_call_is_there() {
        check("{{ bos_token }}{{ messages[-1].content.upper() }}{{ eos_token }}", None, "<s>HI</s>");
        check("{{ messages[0].get('name') is none }}", None, "True");
        check("{{ strftime_now('%d %b %Y') }}", None, "01 Jan 2026");
        check(
            "{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% endfor %}{{ ns.n }}",
            None,
            "1",
        );
        check("{% for m in messages %}{{ m.role }}{% break %}{% endfor %}{{ tools is none }}", None, "userTrue");
    }

    #[test]
    fn a_template_without_a_place_for_a_system_prompt_gets_one_message() {
        let refusing = "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}{{ messages[0].content }}";
        check(refusing, Some("Be terse"), "Be terse\nHi");
        check(
            "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}",
            Some("Be terse"),
            "Be terse\nHi",
        );
    }

    #[test]
    fn thinking_is_asked_for_or_left_to_the_template() {
        let source = "{% if enable_thinking is not defined %}own{% elif enable_thinking %}on{% else %}off{% endif %}";
        for (thinking, expected) in [(Thinking::Default, "own"), (Thinking::On, "on"), (Thinking::Off, "off")] {
            assert_eq!(render(source, None, thinking).unwrap(), expected);
        }
    }

    #[test]
    fn what_a_template_refuses_is_an_error() {
        let refused = render("{{ raise_exception('never') }}", None, Thinking::Default).unwrap_err();
        assert!(format!("{refused:#}").contains("never"), "{refused:#}");
        assert!(render("{% for %}", None, Thinking::Default).is_err());
        let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
        assert_eq!(render(endless, None, Thinking::Default).unwrap_err().kind(), ErrorKind::OutOfFuel);
    }
}
