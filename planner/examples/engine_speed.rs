//! Measures how fast the expression language renders: plain text, an expression every hundred bytes, a loop, a macro
//! and a regular expression. The numbers are megabytes of source or of output per second, whichever is more, for
//! reading and rendering together.
#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

use std::time::{Duration, Instant};

use callboard_planner::engine::{Context, EngineError, Environment, Options, Template};
use serde_json::{Value, json};

/// How long each case is repeated at least.
const LONG_ENOUGH: Duration = Duration::from_millis(400);

fn main() -> Result<(), EngineError> {
    let words = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor\n";
    let names: Vec<String> = (0..2_000).map(|number| format!("name-{number}")).collect();
    let variables = json!({"values": {"name": "shop-api", "owner": "team-a", "names": names, "text": words.repeat(200)}});
    let Value::Object(variables) = variables else { return Ok(()) };
    let braces = "if (x) { y = { a: 1 }; } # comment $1 ${HOME}\n";
    let cases = [
        ("plain text", words.repeat(3_000)),
        ("text of many braces", braces.repeat(5_000)),
        (
            "an expression every 100 bytes",
            format!("{}${{{{ values.name }}}}\n", &words[..76]).repeat(2_500),
        ),
        (
            "a filter every 100 bytes",
            format!("{}${{{{ values.name | upper }}}}\n", &words[..70]).repeat(2_500),
        ),
        (
            "a loop",
            "{% for name in values.names %}item ${{ name }} of ${{ values.owner }}, number ${{ loop.index }}\n{% endfor %}"
                .to_owned(),
        ),
        (
            "a macro in a loop",
            "{% macro item(name, end='.') %}item ${{ name }}${{ end }}\n{% endmacro %}\
             {% for name in values.names %}${{ item(name) }}{% endfor %}"
                .to_owned(),
        ),
        ("a regular expression", "${{ values.text | replace(r/\\b([a-z])([a-z]*)/g, '$2$1') }}".to_owned()),
    ];
    for (name, source) in cases {
        let mut bytes = 0;
        let mut rounds = 0_u32;
        let start = Instant::now();
        while start.elapsed() < LONG_ENOUGH {
            let context = Context::new(&variables);
            let template = Template::parse(&source, &Options::default())?;
            let rendered = template.render(&context, &Environment::default())?.to_string();
            bytes = source.len().max(rendered.len());
            rounds += 1;
        }
        let seconds = start.elapsed().as_secs_f64() / f64::from(rounds);
        println!("{name:30} {:8.1} MB/s", bytes as f64 / 1e6 / seconds);
    }
    Ok(())
}
