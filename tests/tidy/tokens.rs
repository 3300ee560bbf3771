//! Rust source as the compiler sees it: comments are gone and strings are one token each, so a rule that looks for
//! a name does not find it in a sentence.

use std::str::FromStr;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::repository::File;

/// A name, a literal, a bracket or a sign; `::` is one.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) line: usize,
}

/// All tokens of a file.
pub(crate) fn tokens(file: &File) -> Vec<Token> {
    flat(parse(file), false)
}

/// Tokens of a file without the items under `#[cfg(test)]`.
pub(crate) fn tokens_without_tests(file: &File) -> Vec<Token> {
    flat(parse(file), true)
}

/// Lines on which the tokens of `pattern`, separated by blanks, follow each other.
pub(crate) fn lines_of(tokens: &[Token], pattern: &str) -> Vec<usize> {
    let wanted: Vec<&str> = pattern.split(' ').collect();
    let found = |window: &&[Token]| window.iter().map(|token| &token.text).eq(wanted.iter());
    tokens.windows(wanted.len()).filter(found).map(|window| window[0].line).collect()
}

/// What is named directly under `path::`, alone or in braces.
pub(crate) fn members_of<'a>(tokens: &'a [Token], path: &str) -> Vec<&'a Token> {
    let starts =
        (2..tokens.len()).filter(|&at| tokens[at - 2].text == path && tokens[at - 1].text == "::");
    starts.flat_map(|at| first_members(&tokens[at..])).collect()
}

fn first_members(tokens: &[Token]) -> &[Token] {
    if tokens[0].text != "{" {
        return &tokens[..1];
    }
    let end = tokens.iter().position(|token| token.text == "}");
    &tokens[..end.unwrap_or(tokens.len())]
}

fn parse(file: &File) -> TokenStream {
    TokenStream::from_str(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path))
}

fn flat(stream: TokenStream, without_tests: bool) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut trees = stream.into_iter();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Group(group) if without_tests && is_cfg_test(&group) => {
                trees.by_ref().find(ends_item);
            }
            TokenTree::Group(group) => push_group(&mut tokens, &group, without_tests),
            tree => push_leaf(&mut tokens, &tree),
        }
    }
    tokens
}

fn is_cfg_test(group: &Group) -> bool {
    group.delimiter() == Delimiter::Bracket && group.stream().to_string() == "cfg (test)"
}

fn ends_item(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(sign) => sign.as_char() == ';',
        _ => false,
    }
}

fn push_group(tokens: &mut Vec<Token>, group: &Group, without_tests: bool) {
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    };
    let token = |text: &str, line| Token { text: text.to_owned(), line };
    tokens.push(token(open, group.span_open().start().line));
    tokens.extend(flat(group.stream(), without_tests));
    tokens.push(token(close, group.span_close().start().line));
}

fn push_leaf(tokens: &mut Vec<Token>, tree: &TokenTree) {
    let text = tree.to_string();
    let joins = tokens.last().is_some_and(|last| last.text == ":" && text == ":");
    match tokens.last_mut() {
        Some(last) if joins => last.text.push(':'),
        _ => tokens.push(Token { text, line: tree.span().start().line }),
    }
}
