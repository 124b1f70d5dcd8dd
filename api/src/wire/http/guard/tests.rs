//! Tests of the guard with hostile and ordinary documents.

use std::fmt::Write;
use std::time::Instant;

use super::*;

fn refused(text: &str) -> (&'static str, String) {
    let start = Instant::now();
    let refusal = Guard::new().check(text).err().expect("the document passed");
    let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
    println!("{milliseconds:8.3} ms {:>6} bytes: {}", text.len(), refusal.message);
    (refusal.code, refusal.message)
}

fn passes(text: &str) {
    if let Err(refusal) = Guard::new().check(text) {
        panic!("{text}: {}", refusal.message);
    }
}

/// Creates `levels` fragments that each spread the next one `width` times, with `last` in the last.
fn fan(width: usize, levels: usize, last: &str) -> String {
    let mut text = "{...f0}".to_owned();
    for level in 0..levels {
        let spreads = format!("...f{} ", level + 1).repeat(width);
        write!(text, "fragment f{level} on Query{{{spreads}}}").unwrap();
    }
    write!(text, "fragment f{levels} on Query{{{last}}}").unwrap();
    text
}

#[test]
fn rejects_nested_values_before_parsing() {
    for (open, close) in [("[", "]"), ("{a:", "}")] {
        for depth in [51, 2_000, 8_000] {
            let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let half = open.repeat(depth);
            for text in [
                format!("{{v(a:{value})}}"),
                format!("query($a:A={value}){{v(a:$a)}}"),
                format!("{{v @skip(if:{value})}}"),
                format!("query @a(b:{value}){{v}}"),
                format!("{{...F}} fragment F on Query @a(b:{value}){{v}}"),
                format!("{{v(a:{half}"),
                format!("{{v(a:\"\"\"x\" {half}"),
                format!("{{v #\"\n(a:{value})}}"),
            ] {
                let (code, _) = refused(&text);
                assert!(["GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "PAYLOAD_TOO_LARGE"].contains(&code));
            }
        }
    }
}

#[test]
fn rejects_nested_selections_and_types() {
    refused(&format!("{{{}a{}}}", "a{".repeat(2_000), "}".repeat(2_000)));
    refused(&format!("{{{}a{}}}", "a{".repeat(40), "}".repeat(40)));
    refused(&format!("{{{}a{}}}", "...{".repeat(45), "}".repeat(45)));
    refused(&format!("query($a:{}A{}){{v}}", "[".repeat(3_000), "]".repeat(3_000)));
    passes(&format!("{{{}a{}}}", "a{".repeat(30), "}".repeat(30)));
}

#[test]
fn rejects_fans_of_fragments() {
    for (width, levels) in [(2, 16), (2, 20), (10, 6), (10, 7), (12, 6), (2, 40), (30, 20)] {
        for last in ["__typename", "...Missing", "...{__typename}"] {
            refused(&fan(width, levels, last));
        }
    }
    passes(&fan(2, 8, "a").replacen("{...f0}", "{a{...f0}}", 1));
    // The same fan, unused by any operation.
    refused(&fan(10, 7, "__typename").replacen("{...f0}", "{__typename}", 1));
}

#[test]
fn rejects_recursive_fragments() {
    for text in [
        "{...A} fragment A on Query{...A}",
        "{...A} fragment A on Query{...B ...B} fragment B on Query{...A ...A}",
        "{a} fragment A on Query{a{...B}} fragment B on Query{a{...A}}",
    ] {
        assert!(refused(text).1.contains("itself"));
    }
    let mut chain = "{...f0}".to_owned();
    for level in 0..49 {
        write!(chain, "fragment f{level} on Query{{...f{}}}", level + 1).unwrap();
    }
    assert!(refused(&chain).1.contains("nested"));
}

#[test]
fn rejects_documents_beyond_limits() {
    let many = |part: &str, times| format!("{{{}}}", part.repeat(times));
    let aliases: String = (0..31).map(|n| format!("a{n}:__typename ")).collect();
    for (text, what) in [
        (format!("{{{aliases}}}"), "aliases"),
        (many("a ", 1_999), "tokens"),
        (many("a ", 21), "root fields"),
        (format!("{{a {}}}", "@a ".repeat(51)), "directives"),
        (format!("{{v(a:[{}])}}", "true".repeat(8_000)), "tokens"),
        (format!("{{v(a:[{}])}}", "0".repeat(8_000)), "tokens"),
        ((0..11).map(|n| format!("query A{n}{{a}}")).collect(), "operations"),
        (format!("{{a}}{}", (0..51).map(|n| format!("fragment F{n} on A{{a}}")).collect::<String>()), "fragments"),
        (many("a,,,,,,,,,,,,,,,,,,", 1_900), "bytes"),
        (format!("{{a}}{}", " ".repeat(40_000)), "bytes"),
        ("mutation{a b c d e f}".into(), "root fields"),
        ("mutation{a:signIn b:signIn}".into(), "password"),
        ("mutation{signIn ...F} fragment F on Mutation{register}".into(), "password"),
        ("{__schema{types{fields{type{fields{name}}}}}}".into(), "introspection"),
        (format!("{{__schema{{types{{{}}}}}}}", "fields{name} ".repeat(60)), "introspection"),
        (
            format!("{{{}}} fragment F on Query{{__schema{{types{{{}}}}}}}", "...F ".repeat(19), "name ".repeat(60)),
            "introspection",
        ),
        ("{__type(name:\"A\"){...F}} fragment F on __Type{possibleTypes{interfaces{name}}}".into(), "introspection"),
    ] {
        let (_, message) = refused(&text);
        assert!(message.contains(what), "{message}");
    }
}

#[test]
fn subscriptions_require_a_single_root_field() {
    for text in [
        "subscription{a b}",
        "subscription{a a}",
        "subscription{a ...F} fragment F on Subscription{b}",
        "subscription{__typename}",
        "subscription{a @skip(if:true)}",
        "subscription{...@include(if:false){a}}",
        "query A{a} subscription B{a b}",
    ] {
        assert_eq!(refused(text).0, "GRAPHQL_VALIDATION_FAILED");
    }
    passes("subscription($a:ID!){events(workspaceId:$a){__typename ...on Head{seq}}}");
    passes("subscription{...F} fragment F on Subscription{events{__typename}}");
}

#[test]
fn accepts_documents_of_common_clients() {
    let introspection = include_str!("introspection.graphql");
    passes(introspection);
    passes("mutation($input:SendMessageInput!){sendMessage(input:$input){message{id seq} seq}}");
    passes("{v(a:\"\"\"a \" b \\\"\"\" c\"\"\", b:\"\\\"[[\\\\\", c:\"\")}");
}

#[test]
fn rejects_malformed_documents_without_panic() {
    for text in [
        "",
        " ",
        "{",
        "}",
        "{}",
        "\u{feff}",
        "{a}}",
        "{a",
        "((((",
        "{\u{2028}a}",
        "{\u{202e}a}",
        "{ａ}",
        "{a(b:\"\\ud800\")}",
        "{a(b:\"\\u{0}\")}",
        "{a(b:1e999999)}",
        "{a(b:00)}",
        "query",
        "{a(b:\"\u{0}\")}",
        "fragment F on A{a}",
        "query A{a} query A{a}",
        "{a} {a}",
        "{a(b:\"\\",
        "\"\"\"",
        "{a(b:\"\"\"\\\"\"\")}",
        "subscription",
        "{...on A}",
        "extend type A{a:A}",
    ] {
        refused(text);
    }
}

#[test]
fn limits_nesting_and_copies_of_variables() {
    let document = Guard::new().check("query($a:A){v(a:$a)}").unwrap();
    let variables = |json: &str| Variables::from_json(serde_json::from_str(json).unwrap());
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    assert!(document.check_variables(&variables(&nested(50))).is_ok());
    assert!(document.check_variables(&variables(&nested(51))).is_err());
    for json in [r#"{"a":"\u0000"}"#, r#"{"a":{"\u0000":1}}"#, r#"{"\u0000":1}"#, r#"{"a":[["x\u0000"]]}"#] {
        assert!(document.check_variables(&variables(json)).is_err(), "{json}");
    }
    let often = format!("query($a:ID!){{v(a:[{}])}}", "$a ".repeat(900));
    let document = Guard::new().check(&often).unwrap();
    let texts = |count: usize| variables(&serde_json::json!({ "a": vec!["x".repeat(3_000); count] }).to_string());
    assert!(document.check_variables(&texts(1)).is_ok());
    let refusal = document.check_variables(&texts(10)).err().unwrap();
    assert_eq!(refusal.message, "The variables are too large to be used in 900 places.");
}

#[test]
fn selects_the_operation_by_name() {
    let one = Guard::new().check("mutation A{a}").unwrap();
    assert_eq!(one.operation(None).unwrap().0, OperationType::Mutation);
    assert!(one.operation(Some("B")).is_err());
    let two = Guard::new().check("query A{a} mutation B{b}").unwrap();
    assert_eq!(two.operation(Some("B")).unwrap().0, OperationType::Mutation);
    assert!(two.operation(None).is_err());
    let anonymous = Guard::new().check("{a}").unwrap();
    assert!(anonymous.operation(Some("A")).is_err());
}

/// Prints the gain of the cache.
#[test]
fn caches_parsed_documents() {
    let text = "mutation SendMessage($input: SendMessageInput!) { sendMessage(input: $input) { seq message { id seq text createdAt author { id handle name } reactions { emoji count } } } }";
    let guard = Guard::new();
    let time = |what: &str, run: &dyn Fn()| {
        let start = Instant::now();
        (0..2_000).for_each(|_| run());
        println!("{what}: {:.2} µs", start.elapsed().as_secs_f64() * 1e6 / 2_000.0);
    };
    time("checked and parsed each time", &|| drop(check(text).unwrap()));
    time("found and cloned", &|| drop(guard.check(text).unwrap().attach(Request::new(text))));
    assert!(guard.passed.get(text).is_some());
}
