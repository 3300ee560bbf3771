use super::*;

fn request<'a>(action: &'a str, resource: &'a str) -> Request<'a> {
    Request { action, resource, prefix: None }
}

fn policy(statements: &str) -> Policy {
    Policy::parse(&format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#)).unwrap()
}

#[test]
fn wildcards() {
    let cases = [
        ("*", "", true),
        ("*", "anything/at all", true),
        ("a*c", "abbbc", true),
        ("a*c", "abbb", false),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("a?c", "aéc", true),
        ("*b*b", "abab", true),
        ("*ab", "aab", true),
        ("a", "ab", false),
        ("ab", "a", false),
        ("", "", true),
        ("", "a", false),
        ("arn:aws:s3:::one/incoming/*", "arn:aws:s3:::one/incoming/x/y", true),
        ("arn:aws:s3:::one/incoming/*", "arn:aws:s3:::one/incoming", false),
        ("arn:aws:s3:::one/*", "arn:aws:s3:::one-more/x", false),
        ("arn:aws:s3:::one*", "arn:aws:s3:::one-more/x", true),
    ];
    for (pattern, text, expected) in cases {
        assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
    }
}

#[test]
fn a_pattern_of_many_stars_does_not_take_for_ever() {
    let text = "a".repeat(1024);
    assert!(!matches(&format!("{}b", "a*".repeat(500)), &text));
}

#[test]
fn statements_together() {
    let policy = policy(
        r#"[
        {"Sid":"objects","Effect":"Allow","Action":["s3:GetObject","s3:Put*"],"Resource":"arn:aws:s3:::one/*"},
        {"Effect":"Deny","Action":"s3:*","Resource":["arn:aws:s3:::one/secret/*"]}
        ]"#,
    );
    let cases = [
        ("s3:GetObject", "arn:aws:s3:::one/a", true),
        ("S3:getobject", "arn:aws:s3:::one/a", true),
        ("s3:PutObject", "arn:aws:s3:::one/a", true),
        ("s3:DeleteObject", "arn:aws:s3:::one/a", false),
        ("s3:GetObject", "arn:aws:s3:::two/a", false),
        ("s3:GetObject", "arn:aws:s3:::one", false),
        ("s3:GetObject", "arn:aws:s3:::one/secret/a", false),
        ("s3:GetObject", "arn:aws:s3:::one/SECRET/a", true),
    ];
    for (action, resource, expected) in cases {
        assert_eq!(policy.allows(request(action, resource)), expected, "{action} on {resource}");
    }
}

#[test]
fn a_listing_is_bounded_by_its_prefix() {
    let policy = policy(
        r#"{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::one",
            "Condition":{"StringLike":{"s3:prefix":["newest/*","records/"]}}}"#,
    );
    let cases = [
        (None, false),
        (Some(""), false),
        (Some("newest/"), true),
        (Some("newest/1"), true),
        (Some("records/"), true),
        (Some("records/x"), false),
        (Some("new"), false),
    ];
    for (prefix, expected) in cases {
        let request = Request { prefix, ..request("s3:ListBucket", "arn:aws:s3:::one") };
        assert_eq!(policy.allows(request), expected, "{prefix:?}");
    }
}

#[test]
fn an_unknown_condition_denies_either_way() {
    let unknown = [
        r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#,
        r#"{"StringLike":{"aws:userid":"*"}}"#,
        r#"{"StringNotLike":{"s3:prefix":"x"}}"#,
        r#"{"StringNotLikeIfExists":{"s3:prefix":"x"}}"#,
    ];
    for condition in unknown {
        let statement = |effect| {
            format!(
                r#"{{"Effect":"{effect}","Action":"*","Resource":"*","Condition":{condition}}}"#
            )
        };
        let listing = Request { prefix: Some("y"), ..request("s3:ListBucket", "arn:aws:s3:::one") };
        assert!(!policy(&statement("Allow")).allows(listing), "{condition}");
        let allowed = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
        assert!(
            !policy(&format!("[{allowed},{}]", statement("Deny"))).allows(listing),
            "{condition}"
        );
        assert!(policy(allowed).allows(listing));
    }
}

#[test]
fn a_condition_on_what_exists_binds_only_what_exists() {
    let statement = |operator: &str| {
        let condition = format!(r#"{{"{operator}":{{"s3:prefix":"mine/*"}}}}"#);
        policy(&format!(
            r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}}}"#
        ))
    };
    let listing = |prefix| Request { prefix, ..request("s3:ListBucket", "arn:aws:s3:::one") };
    let allowed = |operator, prefix| statement(operator).allows(listing(prefix));
    let prefixes = [Some("mine/a"), Some("yours/a"), None];
    assert_eq!(prefixes.map(|prefix| allowed("StringLike", prefix)), [true, false, false]);
    assert_eq!(prefixes.map(|prefix| allowed("StringLikeIfExists", prefix)), [true, false, true]);
}

#[test]
fn what_is_not_understood_is_not_accepted() {
    let statement = r#""Effect":"Allow","Action":"*","Resource":"*""#;
    let documents = [
        String::new(),
        "{}".to_owned(),
        format!(r#"{{"Version":"2008-10-17","Statement":{{{statement}}}}}"#),
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","NotAction":"a:b","Resource":"*"}}"#.to_owned(),
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","NotResource":"a"}}"#.to_owned(),
        format!(r#"{{"Version":"2012-10-17","Statement":{{{statement},"Principal":"*"}}}}"#),
        r#"{"Version":"2012-10-17","Statement":{"Effect":"allow","Action":"*","Resource":"*"}}"#.to_owned(),
    ];
    for document in documents {
        assert!(matches!(Policy::parse(&document), Err(PolicyError::Shape(_))), "{document}");
    }
    let variable = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"${aws:x}"}}"#;
    assert!(matches!(Policy::parse(variable), Err(PolicyError::Variable)));
}

#[test]
fn everything_is_everything_and_no_statement_is_nothing() {
    assert!(
        Policy::everything().allows(request("sts:AssumeRole", "arn:aws:iam::000000000000:role/x"))
    );
    assert!(!policy("[]").allows(request("s3:GetObject", "arn:aws:s3:::one/a")));
}
