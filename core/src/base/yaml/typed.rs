//! Deserializes nodes into types with serde. An error has the position of the innermost wrong node, and
//! the path to it in its message.

use std::fmt;

use serde::{
    de::{
        self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
        VariantAccess, Visitor,
        value::{BorrowedStrDeserializer, StrDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::Value;

use super::{
    YamlError,
    node::{Content, Entry, Node, is_of_yaml},
};
use crate::base::diagnostics::Position;

/// An error whose path is being collected.
#[derive(Debug)]
pub(super) struct Mistake {
    message: String,
    position: Option<Position>,
    /// From the inside out.
    path: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Key(String),
    Index(usize),
}

impl Mistake {
    fn at(mut self, position: Position) -> Self {
        self.position.get_or_insert(position);
        self
    }

    fn below(mut self, part: Part) -> Self {
        self.path.push(part);
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.path.iter().rev().enumerate() {
            match part {
                Part::Key(key) if at == 0 => write!(f, "{key}")?,
                Part::Key(key) => write!(f, ".{key}")?,
                Part::Index(index) => write!(f, "[{index}]")?,
            }
        }
        let colon = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{colon}{}", self.message)
    }
}

impl std::error::Error for Mistake {}

impl de::Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), position: None, path: Vec::new() }
    }
}

impl From<YamlError> for Mistake {
    fn from(error: YamlError) -> Self {
        Self { message: error.message, position: error.position, path: Vec::new() }
    }
}

impl From<Mistake> for YamlError {
    fn from(mistake: Mistake) -> Self {
        Self { message: mistake.to_string(), position: mistake.position }
    }
}

impl<'n> Node<'n> {
    /// Whether the node is an empty value, which may stand for an empty list or map.
    fn is_empty(&self) -> bool {
        matches!(&self.content, Content::Scalar(text, true) if text.is_empty())
    }

    fn visit<V: Visitor<'n>>(&'n self, visitor: V) -> Result<V::Value, Mistake> {
        if let Some(tag) = &self.tag
            && !is_of_yaml(tag)
        {
            return Err(self.foreign_tag(tag).into());
        }
        match &self.content {
            Content::List(items) => visitor.visit_seq(List { items: items.iter(), index: 0 }),
            Content::Map(entries) => {
                visitor.visit_map(Fields { rest: entries.iter(), entry: None })
            }
            Content::Scalar(text, _) => match self.scalar()? {
                Some(Value::Null) => visitor.visit_unit(),
                Some(Value::Bool(value)) => visitor.visit_bool(value),
                Some(Value::Number(number)) => match (number.as_u64(), number.as_i64()) {
                    (Some(number), _) => visitor.visit_u64(number),
                    (_, Some(number)) => visitor.visit_i64(number),
                    _ => visitor.visit_f64(number.as_f64().unwrap_or_default()),
                },
                _ => visitor.visit_borrowed_str(text),
            },
        }
    }
}

impl<'n> Deserializer<'n> for &'n Node<'n> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.visit(visitor).map_err(|mistake| mistake.at(self.position))
    }

    /// Where a string is expected, a scalar that looks like a number or a date is a string.
    fn deserialize_str<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.content {
            Content::Scalar(text, _) => visitor.visit_borrowed_str(text),
            _ => self.visit(visitor),
        }
        .map_err(|mistake| mistake.at(self.position))
    }

    fn deserialize_string<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.is_null() {
            true => visitor.visit_none(),
            false => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'n>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.is_empty() {
            true => visitor.visit_seq(List { items: [].iter(), index: 0 }),
            false => self.visit(visitor),
        }
        .map_err(|mistake| mistake.at(self.position))
    }

    fn deserialize_map<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.is_empty() {
            true => visitor.visit_map(Fields { rest: [].iter(), entry: None }),
            false => self.visit(visitor),
        }
        .map_err(|mistake| mistake.at(self.position))
    }

    fn deserialize_struct<V: Visitor<'n>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'n>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        match &self.content {
            Content::Scalar(text, _) => {
                visitor.visit_enum(BorrowedStrDeserializer::<Mistake>::new(text))
            }
            Content::Map(entries) if entries.len() == 1 => visitor.visit_enum(Variant(&entries[0])),
            _ => Err(de::Error::custom("expected a word, or a map of one key")),
        }
        .map_err(|mistake| mistake.at(self.position))
    }

    /// An ignored value may have any tag.
    fn deserialize_ignored_any<V: Visitor<'n>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        <W: Visitor<'n>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 bytes byte_buf unit unit_struct tuple
        tuple_struct
    }
}

struct List<'n> {
    items: std::slice::Iter<'n, Node<'n>>,
    index: usize,
}

impl<'n> SeqAccess<'n> for List<'n> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'n>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mistake> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let index = self.index;
        self.index += 1;
        let item = seed.deserialize(item);
        item.map(Some).map_err(|mistake| mistake.below(Part::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Fields<'n> {
    rest: std::slice::Iter<'n, Entry<'n>>,
    entry: Option<&'n Entry<'n>>,
}

impl<'n> MapAccess<'n> for Fields<'n> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'n>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mistake> {
        self.entry = self.rest.next();
        let Some(entry) = self.entry else { return Ok(None) };
        let key: StrDeserializer<'_, Mistake> = entry.key.as_ref().into_deserializer();
        seed.deserialize(key).map(Some).map_err(|mistake| mistake.at(entry.key_position))
    }

    fn next_value_seed<V: DeserializeSeed<'n>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        let Some(entry) = self.entry else {
            return Err(de::Error::custom("a value before its key"));
        };
        let value = seed.deserialize(&entry.value);
        value.map_err(|mistake| mistake.below(Part::Key(entry.key.to_string())))
    }
}

/// An enum variant with content: a map with one key.
struct Variant<'n>(&'n Entry<'n>);

impl<'n> EnumAccess<'n> for Variant<'n> {
    type Error = Mistake;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'n>>(self, seed: V) -> Result<(V::Value, Self), Mistake> {
        let name: StrDeserializer<'_, Mistake> = self.0.key.as_ref().into_deserializer();
        let name = seed.deserialize(name).map_err(|mistake| mistake.at(self.0.key_position))?;
        Ok((name, self))
    }
}

impl<'n> VariantAccess<'n> for Variant<'n> {
    type Error = Mistake;

    fn unit_variant(self) -> Result<(), Mistake> {
        de::Deserialize::deserialize(&self.0.value)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'n>>(self, seed: T) -> Result<T::Value, Mistake> {
        seed.deserialize(&self.0.value)
    }

    fn tuple_variant<V: Visitor<'n>>(self, _: usize, visitor: V) -> Result<V::Value, Mistake> {
        self.0.value.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'n>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        self.0.value.deserialize_map(visitor)
    }
}
