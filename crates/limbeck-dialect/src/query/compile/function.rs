//! Calls of functions.

use super::expr::Typing;
use super::{Compiler, Written};
use crate::query::operator::Precedence;
use crate::query::{Call, Expr, Frame, FrameBound, FrameExclude, FrameUnit, Over, Window};

/// Functions whose arguments are all of one type, which the server finds by itself (PostgreSQL docs, "UNION, CASE, and
/// Related Constructs").
const COMMON_TYPE: [&str; 4] = ["coalesce", "greatest", "least", "nullif"];

impl<'q> Compiler<'q> {
    pub(super) fn call(&mut self, call: &'q Call) -> Written {
        if let Some(schema) = &call.schema {
            self.postgresql_only("functions in a schema", "name the function alone")?;
            self.name(schema);
            self.push(".");
        }
        self.function_name(&call.name);
        self.push("(");
        if call.distinct {
            self.push("DISTINCT ");
        }
        let common = COMMON_TYPE.contains(&call.name.as_ref());
        let typing = if common { Typing::Guessed } else { Typing::Unknown };
        for (position, argument) in call.arguments.iter().enumerate() {
            self.separator(position);
            self.typed_expr(argument, Precedence::Or, typing)?;
        }
        if !call.order_by.is_empty() {
            self.order_by(&call.order_by)?;
        }
        self.push(")");
        if !call.within_group.is_empty() {
            self.postgresql_only("ordered-set aggregates", "order the rows and take one of them")?;
            self.push(" WITHIN GROUP (ORDER BY ");
            self.order_list(&call.within_group)?;
            self.push(")");
        }
        if let Some(filter) = &call.filter {
            self.push(" FILTER (WHERE ");
            self.expr(filter, Precedence::Or)?;
            self.push(")");
        }
        match &call.over {
            None => Ok(()),
            Some(Over::Named(name)) => {
                self.push(" OVER ");
                self.name(name);
                Ok(())
            }
            Some(Over::Window(window)) => {
                self.push(" OVER ");
                self.window(window)
            }
        }
    }

    /// `coalesce` and `left` are keywords that nothing else can be called by, and they are functions without quotes only.
    fn function_name(&mut self, name: &str) {
        let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if plain && self.greatest_or_least(name).is_none() {
            self.push(name);
        } else if let Some(other) = self.greatest_or_least(name) {
            self.push(other);
        } else {
            self.name(name);
        }
    }

    /// SQLite docs, "Built-In Scalar SQL Functions": `max` and `min` of several arguments. They are NULL when one of them
    /// is, where PostgreSQL's leave NULL out.
    fn greatest_or_least(&self, name: &str) -> Option<&'static str> {
        match name {
            "greatest" if self.is_sqlite() => Some("max"),
            "least" if self.is_sqlite() => Some("min"),
            _ => None,
        }
    }

    pub(super) fn window(&mut self, window: &'q Window) -> Written {
        self.push("(");
        let mut before = "";
        if let Some(base) = &window.base {
            self.name(base);
            before = " ";
        }
        if !window.partition_by.is_empty() {
            self.push(before);
            self.push("PARTITION BY ");
            self.list(&window.partition_by)?;
            before = " ";
        }
        if !window.order_by.is_empty() {
            self.push(before);
            self.push("ORDER BY ");
            self.order_list(&window.order_by)?;
            before = " ";
        }
        if let Some(frame) = &window.frame {
            self.push(before);
            self.frame(frame)?;
        }
        self.push(")");
        Ok(())
    }

    fn frame(&mut self, frame: &'q Frame) -> Written {
        self.push(match frame.unit {
            FrameUnit::Rows => "ROWS ",
            FrameUnit::Range => "RANGE ",
            FrameUnit::Groups => "GROUPS ",
        });
        match &frame.end {
            None => self.frame_bound(&frame.start)?,
            Some(end) => {
                self.push("BETWEEN ");
                self.frame_bound(&frame.start)?;
                self.push(" AND ");
                self.frame_bound(end)?;
            }
        }
        self.push(match frame.exclude {
            None => "",
            Some(FrameExclude::CurrentRow) => " EXCLUDE CURRENT ROW",
            Some(FrameExclude::Group) => " EXCLUDE GROUP",
            Some(FrameExclude::Ties) => " EXCLUDE TIES",
        });
        Ok(())
    }

    fn frame_bound(&mut self, bound: &'q FrameBound) -> Written {
        let mut distance = |expr: &'q Expr, word: &str| {
            self.expr(expr, Precedence::Sum)?;
            self.push(word);
            Ok(())
        };
        match bound {
            FrameBound::Preceding(expr) => distance(expr, " PRECEDING"),
            FrameBound::Following(expr) => distance(expr, " FOLLOWING"),
            FrameBound::UnboundedPreceding => {
                self.push("UNBOUNDED PRECEDING");
                Ok(())
            }
            FrameBound::CurrentRow => {
                self.push("CURRENT ROW");
                Ok(())
            }
            FrameBound::UnboundedFollowing => {
                self.push("UNBOUNDED FOLLOWING");
                Ok(())
            }
        }
    }
}
