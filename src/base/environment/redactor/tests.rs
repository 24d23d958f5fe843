//! Secrets in every form in which a server may quote them.

use proptest::prelude::*;

use super::*;

fn of(label: &str, value: &str) -> Redactor {
    Redactor::default().beside([(label.to_owned(), Secret::new(value))])
}

#[test]
fn secrets_are_replaced_longest_first() {
    let redactor = Redactor::new([Secret::new("abcd"), Secret::new("abcdef"), Secret::new("x")]);
    assert_eq!(redactor.redact("x=abcdef, abcd"), "x=***, ***");
}

#[test]
fn a_pair_in_base64_is_replaced_as_a_whole() {
    let redactor = of("${KEY}", "hunter2");
    assert_eq!(redactor.redact("Basic bWU6aHVudGVyMg== !"), "Basic ${KEY} !");
    assert_eq!(redactor.redact("x 68756E74657232 y"), "x ${KEY} y");
}

#[test]
fn what_is_learned_is_known_to_clones_and_to_redactors_beside() {
    let redactor = Redactor::default();
    let (clone, beside) = (redactor.clone(), redactor.beside([]));
    redactor.learn(&Secret::new("token-of-the-day"));
    assert_eq!(clone.redact("a token-of-the-day"), "a ***");
    assert_eq!(beside.find(b"token-of-the-day").as_deref(), Some("***"));
}

/// The forms in which a server may quote bytes.
fn quotations(value: &str, before: &str, after: &str) -> Vec<String> {
    let whole = format!("{before}{value}{after}");
    let percent = |c: char| {
        let mut bytes = [0; 4];
        c.encode_utf8(&mut bytes).bytes().fold(String::new(), |text, b| format!("{text}%{b:02x}"))
    };
    let escaped = |c: char| {
        let mut units = [0; 2];
        c.encode_utf16(&mut units).iter().fold(String::new(), |text, u| format!("{text}\\u{u:04X}"))
    };
    let hexadecimal = whole.bytes().fold(String::new(), |text, b| format!("{text}{b:02x}"));
    vec![
        whole.clone(),
        BASE64_STANDARD_NO_PAD.encode(&whole),
        BASE64_URL_SAFE_NO_PAD.encode(&whole),
        form_urlencoded::byte_serialize(whole.as_bytes()).collect(),
        whole.chars().map(percent).collect(),
        whole.chars().map(escaped).collect(),
        Value::from(whole.clone()).to_string(),
        Value::from(Value::from(whole.clone()).to_string()).to_string(),
        whole.chars().fold(String::new(), |text, c| format!("{text}&#{};", c as u32)),
        hexadecimal,
    ]
}

proptest! {
    #[test]
    fn no_quotation_of_a_secret_stays(
        value in "[!-~]{8,40}", before in "[a-z:]{0,5}", after in "[a-z:]{0,5}",
    ) {
        let redactor = of("${KEY}", &value);
        for quoted in quotations(&value, &before, &after) {
            let text = format!("answered `{quoted}`");
            prop_assert!(redactor.find(text.as_bytes()).is_some(), "{}", text);
            let shown = redactor.redact(&text);
            prop_assert!(shown.contains("${KEY}"), "{}", shown);
            prop_assert!(!shown.contains(&quoted), "{}", shown);
        }
    }

    #[test]
    fn other_texts_stay(text in "[a-m ]{0,60}") {
        prop_assert_eq!(of("${KEY}", "zyxwvuts9").redact(&text), text);
    }

    #[test]
    fn nothing_panics(value in "\\PC{4,12}", text in "\\PC{0,60}|[%&\\\\#u0-9a-f;]{0,40}") {
        let redactor = of("k", &value);
        drop(redactor.redact(&text));
        drop(redactor.find(text.as_bytes()));
    }
}
