//! Reads the source of a regular expression, with the leniency that browsers have (ECMAScript, annex B).

use std::{iter::Peekable, str::CharIndices};

use super::class::{Class, set_of};
use super::property::Property;
use super::tree::{Expression, Repeat, Tree};

/// Deepest nesting of groups.
const NESTING: usize = 50;
/// Most that a quantifier counts to; more is endless.
const COUNT: usize = 1_000_000;

/// Reads a whole pattern; an error says what is wrong. `is_unicode` is JavaScript's flag `u`, of which only `\u{…}` and
/// `\p{…}` differ here.
pub(super) fn parse(source: &str, is_unicode: bool) -> Result<Expression, String> {
    let groups = count_groups(source);
    let has_names = source.contains("(?<")
        && source.match_indices("(?<").any(|(at, _)| !source[at + 3..].starts_with(['=', '!']));
    let mut parser = Parser {
        source,
        is_unicode,
        chars: source.char_indices().peekable(),
        depth: 0,
        groups: 0,
        all_groups: groups,
        has_names,
        names: Vec::new(),
    };
    let tree = parser.choice()?;
    if parser.chars.peek().is_some() {
        return Err("`)` closes nothing".into());
    }
    let missing = |name: &&str| !parser.names.iter().any(|(known, _)| known == name);
    if let Some(name) = tree.named_references().into_iter().find(missing) {
        return Err(format!("there is no group `{name}`"));
    }
    Ok(Expression { tree, groups: parser.groups, names: parser.names })
}

struct Parser<'s> {
    source: &'s str,
    is_unicode: bool,
    chars: Peekable<CharIndices<'s>>,
    depth: usize,
    groups: usize,
    /// How many groups there are in all, also behind.
    all_groups: usize,
    has_names: bool,
    names: Vec<(String, usize)>,
}

impl Parser<'_> {
    fn rest(&mut self) -> &str {
        let at = self.chars.peek().map_or(self.source.len(), |(at, _)| *at);
        &self.source[at..]
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|(_, c)| *c)
    }

    fn skip(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.advance(text.chars().count());
        }
        found
    }

    fn advance(&mut self, count: usize) {
        for _ in 0..count {
            self.chars.next();
        }
    }

    fn choice(&mut self) -> Result<Tree, String> {
        let mut choices = vec![self.sequence()?];
        while self.skip("|") {
            choices.push(self.sequence()?);
        }
        Ok(if choices.len() == 1 { choices.remove(0) } else { Tree::Choice(choices) })
    }

    fn sequence(&mut self) -> Result<Tree, String> {
        let mut parts = Vec::new();
        while let Some(c) = self.peek()
            && c != '|'
            && c != ')'
        {
            let first = self.groups;
            let part = self.part()?;
            parts.push(self.repeated(part, first)?);
        }
        Ok(match parts.len() {
            0 => Tree::Empty,
            1 => parts.remove(0),
            _ => Tree::Sequence(parts),
        })
    }

    fn part(&mut self) -> Result<Tree, String> {
        let Some((_, c)) = self.chars.next() else { return Ok(Tree::Empty) };
        Ok(match c {
            '^' => Tree::Start,
            '$' => Tree::End,
            '.' => Tree::Any,
            '(' => self.group()?,
            '[' => Tree::Class(self.class()?),
            '\\' => self.escape()?,
            '*' | '+' | '?' => return Err(format!("`{c}` repeats nothing")),
            '{' if quantifier(self.rest()).is_some() => return Err("`{` repeats nothing".into()),
            c => Tree::Char(c),
        })
    }

    fn group(&mut self) -> Result<Tree, String> {
        if self.depth >= NESTING {
            return Err(format!("groups nest deeper than {NESTING}"));
        }
        self.depth += 1;
        let group = self.inner_group();
        self.depth -= 1;
        group
    }

    fn inner_group(&mut self) -> Result<Tree, String> {
        let look =
            [("?=", false, false), ("?!", true, false), ("?<=", false, true), ("?<!", true, true)];
        let tree = if self.skip("?:") {
            self.choice()?
        } else if let Some((_, is_negated, is_behind)) =
            look.into_iter().find(|(mark, ..)| self.skip(mark))
        {
            Tree::Look { is_negated, is_behind, inner: Box::new(self.choice()?) }
        } else {
            let number = self.groups;
            if self.skip("?<") {
                let name = self.name()?;
                if self.names.iter().any(|(known, _)| *known == name) {
                    return Err(format!("there are two groups `{name}`"));
                }
                self.names.push((name, number));
            } else if self.rest().starts_with('?') {
                return Err("what follows `(?` is not known".into());
            }
            self.groups += 1;
            Tree::Group(number, Box::new(self.choice()?))
        };
        if self.skip(")") { Ok(tree) } else { Err("`(` is not closed".into()) }
    }

    /// Reads the name of a group up to `>`.
    fn name(&mut self) -> Result<String, String> {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let rest = self.rest();
        match rest.split_once('>') {
            Some((name, _))
                if !name.is_empty()
                    && name.chars().all(is_part)
                    && !name.starts_with(|c: char| c.is_ascii_digit()) =>
            {
                let name = name.to_owned();
                self.skip(&name);
                self.skip(">");
                Ok(name)
            }
            _ => Err("the name of a group is not valid".into()),
        }
    }

    /// Reads a quantifier behind a part, if there is one.
    fn repeated(&mut self, inner: Tree, first: usize) -> Result<Tree, String> {
        let (least, most) = match self.peek() {
            Some('*') => (0, usize::MAX),
            Some('+') => (1, usize::MAX),
            Some('?') => (0, 1),
            Some('{') => match quantifier(&self.rest()[1..]) {
                Some((least, most, length)) => {
                    self.advance(length);
                    (least, most)
                }
                None => return Ok(inner),
            },
            _ => return Ok(inner),
        };
        if matches!(
            inner,
            Tree::Start | Tree::End | Tree::Boundary { .. } | Tree::Look { is_behind: true, .. }
        ) {
            return Err("a place cannot be repeated".into());
        }
        if least > most {
            return Err("the numbers of `{…}` are out of order".into());
        }
        self.chars.next();
        let is_greedy = !self.skip("?");
        let groups = (first, self.groups);
        Ok(Tree::Repeat(Box::new(Repeat { inner, least, most, is_greedy, groups })))
    }

    /// Reads what follows `\` outside of a class.
    fn escape(&mut self) -> Result<Tree, String> {
        let Some(c) = self.peek() else { return Err("`\\` escapes nothing".into()) };
        Ok(match c {
            'b' | 'B' => {
                self.chars.next();
                Tree::Boundary { is_negated: c == 'B' }
            }
            'k' if self.has_names => {
                self.chars.next();
                if !self.skip("<") {
                    return Err("`\\k` needs the name of a group".into());
                }
                Tree::BackTo(self.name()?)
            }
            '1'..='9' => {
                let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
                let number = self.rest()[..digits].parse().unwrap_or(usize::MAX);
                if number <= self.all_groups {
                    self.advance(digits);
                    Tree::Back(number - 1)
                } else {
                    self.one(false)?
                }
            }
            _ => self.one(false)?,
        })
    }

    /// Reads one escaped character or set of characters.
    fn one(&mut self, in_class: bool) -> Result<Tree, String> {
        let has_letter = |rest: &str| rest[1..].starts_with(|c: char| c.is_ascii_alphabetic());
        if self.rest().starts_with('c') && !has_letter(self.rest()) {
            return Ok(Tree::Char('\\'));
        }
        let Some((_, c)) = self.chars.next() else { return Err("`\\` escapes nothing".into()) };
        if let Some(class) = set_of(c) {
            return Ok(Tree::Class(class));
        }
        if self.is_unicode && self.rest().starts_with('{') {
            match c {
                'p' | 'P' => return self.property(c == 'P'),
                'u' => return self.code_point(),
                _ => {}
            }
        }
        Ok(Tree::Char(match c {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'f' => '\u{c}',
            'b' if in_class => '\u{8}',
            'x' => self.hex(2).unwrap_or('x'),
            'u' => self.unit().unwrap_or('u'),
            'c' => match self.chars.next() {
                Some((_, letter)) => char::from(letter as u8 % 32),
                None => 'c',
            },
            '0'..='7' => self.octal(c),
            c => c,
        }))
    }

    /// Reads what stands in braces.
    fn in_braces(&mut self) -> Result<String, String> {
        let inner = self.rest().split_once('}').map(|(inner, _)| inner[1..].to_owned());
        let inner = inner.ok_or("`{` is not closed")?;
        self.advance(inner.chars().count() + 2);
        Ok(inner)
    }

    /// Reads the name of a property of characters.
    fn property(&mut self, is_opposite: bool) -> Result<Tree, String> {
        let name = self.in_braces()?;
        let property = Property::named(&name).ok_or_else(|| {
            format!("`{name}` is no property that is known here: list the characters in brackets")
        })?;
        Ok(Tree::Class(Class { properties: vec![(property, is_opposite)], ..Class::default() }))
    }

    /// Reads the number of a character.
    fn code_point(&mut self) -> Result<Tree, String> {
        let digits = self.in_braces()?;
        let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u32::from_str_radix(&digits, 16).ok().filter(|_| is_hex);
        let number = number.filter(|number| *number <= char::MAX as u32);
        let number =
            number.ok_or_else(|| format!("`{digits}` is not the number of a character"))?;
        Ok(Tree::Char(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER)))
    }

    fn hex(&mut self, length: usize) -> Option<char> {
        let digits = self.rest().get(..length)?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
        self.advance(length);
        Some(char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Reads four digits, or twice four for a character of two units.
    fn unit(&mut self) -> Option<char> {
        let number = |digits: Option<&str>| u32::from_str_radix(digits?, 16).ok();
        let rest = self.rest();
        let high = number(rest.get(..4)).filter(|high| (0xd800..0xdc00).contains(high));
        let low =
            rest.get(4..6).filter(|mark| *mark == "\\u").and_then(|_| number(rest.get(6..10)));
        let pair = high.zip(low.filter(|low| (0xdc00..0xe000).contains(low)));
        if let Some((high, low)) = pair {
            self.advance(10);
            return char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
        }
        self.hex(4)
    }

    fn octal(&mut self, first: char) -> char {
        let mut number = first as u32 - '0' as u32;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(8))
            && number * 8 + digit <= 0o377
        {
            number = number * 8 + digit;
            self.chars.next();
        }
        char::from_u32(number).unwrap_or_default()
    }

    fn class(&mut self) -> Result<Class, String> {
        let mut class = Class { is_negated: self.skip("^"), ..Class::default() };
        loop {
            let Some(first) = self.class_part()? else { return Ok(class.sorted()) };
            if !self.rest().starts_with('-') || self.rest().starts_with("-]") {
                class.add(&first);
                continue;
            }
            self.skip("-");
            let Some(last) = self.class_part()? else {
                class.add(&first);
                class.add(&Tree::Char('-'));
                return Ok(class.sorted());
            };
            match (&first, &last) {
                (Tree::Char(first), Tree::Char(last)) if first <= last => {
                    class.ranges.push((*first, *last));
                }
                (Tree::Char(_), Tree::Char(_)) => {
                    return Err("a range of characters is out of order".into());
                }
                _ => [first, Tree::Char('-'), last].iter().for_each(|part| class.add(part)),
            }
        }
    }

    /// Reads a character or a set in a class; `None` at its end.
    fn class_part(&mut self) -> Result<Option<Tree>, String> {
        match self.chars.next() {
            None => Err("`[` is not closed".into()),
            Some((_, ']')) => Ok(None),
            Some((_, '\\')) => self.one(true).map(Some),
            Some((_, c)) => Ok(Some(Tree::Char(c))),
        }
    }
}

/// Reads `n}`, `n,}` or `n,m}`: least, most, and the length without the bracket that closes.
fn quantifier(text: &str) -> Option<(usize, usize, usize)> {
    let (inner, _) = text.split_once('}')?;
    let number = |digits: &str| {
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| digits.parse().unwrap_or(usize::MAX))
    };
    let (least, most) = match inner.split_once(',') {
        None => (number(inner)?, number(inner)?),
        Some((least, "")) => (number(least)?, usize::MAX),
        Some((least, most)) => (number(least)?, number(most)?),
    };
    let endless = |count: usize| if count > COUNT { usize::MAX } else { count };
    Some((least, endless(most), 1 + inner.len()))
}

/// Counts the groups that have a number.
fn count_groups(source: &str) -> usize {
    let (mut count, mut in_class) = (0, false);
    let mut chars = source.char_indices();
    while let Some((at, c)) = chars.next() {
        let rest = &source[at + c.len_utf8()..];
        match c {
            '\\' => drop(chars.next()),
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => {
                let is_named =
                    rest.starts_with("?<") && !rest.starts_with("?<=") && !rest.starts_with("?<!");
                count += usize::from(is_named || !rest.starts_with('?'));
            }
            _ => {}
        }
    }
    count
}
